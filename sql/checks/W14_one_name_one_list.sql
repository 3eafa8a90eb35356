-- A name denotes one list in one election.
select
    earlier.list_id || '-' || later.list_id as id,
    'fails' as status,
    earlier.election_id,
    later.governorate_id,
    later.list_id,
    null as source_id,
    earlier.name_as_printed
    || ': '
    || coalesce(earlier.governorate_id, 'elsewhere')
    || ' and '
    || coalesce(later.governorate_id, 'elsewhere') as subject,
    earlier.list_id as expected,
    later.list_id as found,
    null as difference,
    (
        select json_group_array(claims.id) from claims
        where
            claims.name_as_printed = earlier.name_as_printed
            and claims.election_id = earlier.election_id
            and claims.measure = 'seats'
            and claims.list_id in (earlier.list_id, later.list_id)
    ) as claim_ids,
    null as decision_id
from list_names as earlier
inner join list_names as later
    on
        earlier.name_as_printed = later.name_as_printed
        and earlier.election_id = later.election_id
        and earlier.list_id <> later.list_id
        and earlier.id < later.id;
