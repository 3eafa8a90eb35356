-- Names that sound like a query word for word, in any order, or that begin as it sounds.
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
    instr(replace(search_names.sounds, ' ', ''), :sounds) = 1
    or :sounds is not null and not exists (
        select 1
        from json_each(:sounds_of_words) as words
        where instr(' ' || search_names.sounds || ' ', ' ' || words.value || ' ') = 0
    );
