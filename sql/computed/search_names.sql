-- Every name that the site finds something by. fold() and sounds() are those of elections/search_names.py.
insert into search_names (
    id, kind, governorate_id, party_id, list_id, candidate_id, name, script, origin, folded, sounds
)
with
spellings (governorate_id, party_id, list_id, candidate_id, name, origin) as (
    select id, null, null, null, name, 1 from governorates
    union all
    select id, null, null, null, name_ar, 1 from governorates
    union all
    select id, null, null, null, name_ckb, 1 from governorates
    union all
    select id, null, null, null, name_kmr, 1 from governorates
    union all
    select null, id, null, null, name, 1 from parties
    union all
    select null, id, null, null, name_ar, 1 from parties
    union all
    select null, null, id, null, name, 1 from lists
    union all
    select null, null, id, null, name_ar, 1 from lists
    union all
    select null, null, null, id, name, 1 from candidates
    union all
    select null, null, null, id, name_ar, 1 from candidates
    union all
    select governorate_id, null, null, null, name_as_printed, 2 from governorate_names
    union all
    select null, party_id, list_id, candidate_id, name_as_printed, 2 from list_names
    union all
    select governorate_id, party_id, list_id, candidate_id, alias, 3 from search_aliases
    union all
    -- A party's aliases hold for the lists that are its own.
    select null, null, lists.id, null, search_aliases.alias, 3
    from search_aliases
    inner join lists on search_aliases.party_id = lists.party_id
    union all
    -- The name of a picture with its width is printed before some leaders: 109px|Hadi Al-Amiri.
    select
        null,
        null,
        list_id,
        null,
        substr(value_as_printed, instr(value_as_printed, '|') + 1),
        4
    from claims
    where measure = 'leader'
),

-- A name that several say is kept once, as of the first in this order.
named as materialized (
    select
        governorate_id,
        party_id,
        list_id,
        candidate_id,
        name,
        min(origin) as origin,
        fold(name) as folded
    from spellings
    where name is not null and coalesce(governorate_id, party_id, list_id, candidate_id) is not null
    group by governorate_id, party_id, list_id, candidate_id, name
)

select
    row_number() over (order by candidate_id, list_id, party_id, governorate_id, origin, name) as id,
    case
        when governorate_id is not null then 'governorate'
        when party_id is not null then 'party'
        when list_id is not null then 'list'
        else 'candidate'
    end as kind,
    governorate_id,
    party_id,
    list_id,
    candidate_id,
    name,
    case when name glob '*[ء-ۿ]*' then 'arabic' else 'latin' end as script,
    case origin when 1 then 'own' when 2 then 'printed' when 3 then 'alias' else 'leader' end as origin,
    folded,
    sounds(name) as sounds
from named
where folded <> ''
order by id;

insert into search_index (search_index) values ('rebuild');
insert into search_index (search_index) values ('optimize');
