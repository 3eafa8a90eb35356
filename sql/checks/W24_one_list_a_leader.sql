-- In one election a leader is named for one list.
with leaders as (
    select
        claims.id,
        claims.source_id,
        claims.election_id,
        claims.governorate_id,
        claims.list_id,
        claims.value_as_printed,
        lists.name,
        row_number() over (partition by claims.list_id, claims.value_as_printed order by claims.position) as place
    from claims
    inner join lists on claims.list_id = lists.id
    where claims.measure = 'leader' and claims.value_as_printed not in ('', '-')
)

select
    fuller.id || '-' || shorter.id as id,
    'fails' as status,
    fuller.election_id,
    coalesce(fuller.governorate_id, shorter.governorate_id) as governorate_id,
    fuller.list_id,
    fuller.source_id,
    shorter.value_as_printed || ': ' || fuller.name || ' and ' || shorter.name as subject,
    null as expected,
    null as found,
    null as difference,
    json_array(fuller.id, shorter.id) as claim_ids,
    null as decision_id
from leaders as fuller
inner join leaders as shorter
    on
        fuller.election_id = shorter.election_id
        and fuller.list_id <> shorter.list_id
        and instr(lower(fuller.value_as_printed), lower(shorter.value_as_printed))
where
    fuller.place = 1
    and shorter.place = 1
    and (fuller.value_as_printed <> shorter.value_as_printed or fuller.list_id < shorter.list_id);
