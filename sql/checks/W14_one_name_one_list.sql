-- A name denotes one list in one election.
with shared as (
    select
        earlier.name_as_printed,
        earlier.election_id,
        earlier.list_id as earlier_list_id,
        later.list_id as later_list_id,
        later.governorate_id,
        earlier.name_as_printed
        || ': '
        || coalesce(earlier.governorate_id, 'elsewhere')
        || ' and '
        || coalesce(later.governorate_id, 'elsewhere') as subject
    from list_names as earlier
    inner join list_names as later
        on
            earlier.name_as_printed = later.name_as_printed
            and earlier.election_id = later.election_id
            and earlier.list_id <> later.list_id
            and earlier.id < later.id
)

select
    shared.earlier_list_id || '-' || shared.later_list_id as id,
    'fails' as status,
    shared.election_id,
    iif(count(*) = 1, shared.governorate_id, null) as governorate_id,
    shared.later_list_id as list_id,
    null as source_id,
    group_concat(shared.subject, '; ') as subject,
    shared.earlier_list_id as expected,
    shared.later_list_id as found,
    null as difference,
    (
        select json_group_array(claims.id) from claims
        where
            claims.election_id = shared.election_id
            and claims.measure = 'seats'
            and claims.list_id in (shared.earlier_list_id, shared.later_list_id)
            and claims.name_as_printed in (
                select again.name_as_printed from shared as again
                where
                    again.earlier_list_id = shared.earlier_list_id
                    and again.later_list_id = shared.later_list_id
            )
    ) as claim_ids,
    null as decision_id
from shared
group by shared.earlier_list_id, shared.later_list_id;
