-- The official seats are those that the votes give under the rule of allocation.
select
    seat_allocation.contest_id || '-' || coalesce(seat_allocation.list_id, seat_allocation.candidate_id) as id,
    iif(seat_allocation.agrees, 'holds', 'fails') as status,
    seat_allocation.election_id,
    seat_allocation.governorate_id,
    seat_allocation.list_id,
    null as source_id,
    seat_allocation.list || ', ' || seat_allocation.governorate || ', ' || seat_allocation.election_id as subject,
    seat_allocation.seats_certain as expected,
    seat_allocation.official_seats as found,
    coalesce(seat_allocation.official_seats, 0) - seat_allocation.seats_certain as difference,
    (
        select json_group_array(claim.value)
        from json_each(json_array(seat_allocation.votes_claim_id, seat_allocation.seats_claim_id)) as claim
        where claim.value is not null
    ) as claim_ids,
    null as decision_id
from seat_allocation
union all
select
    allocation_readiness.contest_id,
    'not_checkable',
    allocation_readiness.election_id,
    allocation_readiness.governorate_id,
    null,
    null,
    governorates.name
    || ', '
    || allocation_readiness.election_id
    || ', '
    || seat_types.title
    || ': '
    || coalesce(allocations.undecided, allocation_readiness.status),
    null,
    null,
    null,
    '[]',
    null
from allocation_readiness
inner join governorates on allocation_readiness.governorate_id = governorates.id
inner join seat_types on allocation_readiness.seat_type = seat_types.id
left join allocations on allocation_readiness.contest_id = allocations.contest_id
where allocation_readiness.status <> 'ready' or allocations.undecided is not null;
