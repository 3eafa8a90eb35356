-- Seats to fill in each council, the seats adopted for lists and candidates, and whether they agree.
create view council_sizes as
with adopted_seats as (
    select
        contest_id,
        sum(seats) as seats
    from results
    group by contest_id
)

select
    contests.election_id,
    contests.governorate_id,
    governorates.name as governorate,
    sum(contests.seats) as seats,
    sum(contests.seats) filter (where contests.seat_type = 'general') as general_seats,
    coalesce(sum(contests.seats) filter (where contests.seat_type <> 'general'), 0) as component_seats,
    sum(adopted_seats.seats) as adopted_seats,
    sum(adopted_seats.seats) filter (where contests.seat_type = 'general') as adopted_general_seats,
    iif(
        max(contests.seat_type <> 'general'),
        sum(adopted_seats.seats) filter (where contests.seat_type <> 'general'),
        0
    ) as adopted_component_seats,
    sum(adopted_seats.seats) - sum(contests.seats) as difference,
    min(coalesce(adopted_seats.seats = contests.seats, 0)) as agrees,
    place_totals.seats as seats_as_printed,
    place_totals.seats_claim_id,
    iif(min(contests.seats_basis) = 'arithmetic', 'arithmetic', 'printed') as seats_basis,
    max(contests.evidence) filter (where contests.seat_type = 'general') as evidence
from contests
inner join governorates on contests.governorate_id = governorates.id
left join adopted_seats on contests.id = adopted_seats.contest_id
left join place_totals
    on contests.election_id = place_totals.election_id and contests.governorate_id = place_totals.governorate_id
group by contests.election_id, contests.governorate_id;
