-- Names that match a query: of each thing the closest, and the way in which it matches (WHY in plugins/search.py).
-- By letters: names that have every long word of the query, or its first short word at the start of a word, or all of
-- its sounds. by_sounds: names that sound like it word for word, in any order, or that begin as it sounds.
-- One consonant is too little to know a name by, two tell it only if they stand in as many words, three may be a word
-- of it, and four its beginning. Few consonants are shared by many words: they count only where no name is the query.
with asked as (select replace(:sounds, ' ', '') as together),

names as (
    select
        search_names.*,
        coalesce(governorate_id, party_id, list_id, candidate_id) as thing_id,
        replace(search_names.sounds, ' ', '') as heard,
        asked.together,
        length(asked.together) as consonants
    from search_names, asked
),

likely as (
    select
        *,
        not exists (
            select 1
            from json_each(:sounds_of_words) as words
            where instr(' ' || names.sounds || ' ', ' ' || words.value || ' ') = 0
        ) as has_each_sound
    from names
    where
        iif(
            :by_sounds,
            consonants > 0 and (instr(heard, together) = 1 or has_each_sound),
            id in (select search_index.rowid from search_index where search_index match :long_words)
            or instr(' ' || folded, ' ' || :short_word) > 0
            or (consonants > 0 and heard = together)
        )
),

matched as (
    select
        *,
        case
            when folded = :folded then 0
            when instr(folded, :folded || ' ') = 1 then 1
            when instr(' ' || folded || ' ', ' ' || :folded || ' ') > 0 then 2
            when instr(folded, :folded) = 1 then 3
            when
                not exists (
                    select 1
                    from json_each(:words) as words
                    where instr(' ' || likely.folded || ' ', ' ' || words.value || ' ') = 0
                )
                then 4
            when
                not exists (
                    select 1
                    from json_each(:words) as words
                    where instr(' ' || likely.folded, ' ' || words.value) = 0
                )
                then 5
            when
                not exists (
                    select 1
                    from json_each(:words) as words
                    where length(words.value) < 3 or instr(likely.folded, words.value) = 0
                )
                then 6
            when (consonants > 1 and sounds = :sounds) or (consonants > 2 and heard = together) then 7
            when consonants > 2 and has_each_sound then 8
            when consonants > 3 and instr(heard, together) = 1 then 9
        end as way
    from likely
),

ranked as (
    select
        *,
        row_number() over (partition by kind, thing_id order by way, id) as place,
        min(way) over () as closest
    from matched
    where way is not null
)

select
    kind,
    thing_id as id,
    name,
    way
from ranked
where place = 1 and (way < 7 or consonants > 3 or closest > 0)
order by id;
