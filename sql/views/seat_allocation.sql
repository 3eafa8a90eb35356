-- Seats of each list recomputed from its votes under the rule of its contest, beside the official ones.
-- A tie for the last seat is reported, not broken: seats is then null, and lies between seats_certain and
-- seats_possible.
create view seat_allocation as
with counted as (
    select
        result_id,
        count(*) filter (where outcome = 'won') as seats_certain,
        count(*) filter (where outcome in ('won', 'tied')) as seats_possible
    from allocation_steps
    group by result_id
)

select
    contests.election_id,
    contests.governorate_id,
    results.list_id,
    results.candidate_id,
    results.contest_id,
    contests.seat_type,
    governorates.name as governorate,
    coalesce(lists.name, candidates.name) as list,
    results.votes,
    iif(counted.seats_certain = counted.seats_possible, counted.seats_certain, null) as seats,
    counted.seats_certain,
    counted.seats_possible,
    results.seats as official_seats,
    counted.seats_certain - results.seats as difference,
    counted.seats_certain <= coalesce(results.seats, 0)
    and counted.seats_possible >= coalesce(results.seats, 0) as agrees,
    results.votes_claim_id,
    results.seats_claim_id
from counted
inner join results on counted.result_id = results.id
inner join contests on results.contest_id = contests.id
inner join governorates on contests.governorate_id = governorates.id
left join lists on results.list_id = lists.id
left join candidates on results.candidate_id = candidates.id;
