-- A source names one leader for a list.
select
    source_id || '-' || list_id as id,
    'fails' as status,
    election_id,
    null as governorate_id,
    list_id,
    source_id,
    (select lists.name from lists where lists.id = claims.list_id) || ', ' || election_id || ': leader' as subject,
    1 as expected,
    count(distinct value_as_printed) as found,
    count(distinct value_as_printed) - 1 as difference,
    json_group_array(id) as claim_ids,
    null as decision_id
from claims
where measure = 'leader' and list_id is not null and value_as_printed not in ('', '-')
group by source_id, list_id
having count(distinct value_as_printed) > 1;
