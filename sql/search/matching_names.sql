-- Names that have every long word of a query among their letters, or its first short word at the start of a word,
-- or all of its sounds.
select
    search_names.kind,
    coalesce(
        search_names.governorate_id, search_names.party_id, search_names.list_id, search_names.candidate_id
    ) as id,
    search_names.name,
    search_names.folded,
    search_names.sounds
from search_names
where
    search_names.id in (select search_index.rowid from search_index where search_index match :long_words)
    or instr(' ' || search_names.folded, ' ' || :short_word) > 0
    or replace(search_names.sounds, ' ', '') = :sounds;
