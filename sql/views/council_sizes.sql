-- Seats to fill in each council, the seats adopted for lists and candidates, and whether they agree.
-- A size is null where it is not known; that of a council can be known where its parts are not.
create view council_sizes as
with adopted_seats as (
    select
        contest_id,
        sum(seats) as seats
    from results
    group by contest_id
),

summed as (
    select
        contests.election_id,
        contests.governorate_id,
        iif(count(*) = count(contests.seats), sum(contests.seats), null) as seats,
        max(contests.seats) filter (where contests.seat_type = 'general') as general_seats,
        iif(
            count(*) filter (where contests.seat_type <> 'general' and contests.seats is null) = 0,
            coalesce(sum(contests.seats) filter (where contests.seat_type <> 'general'), 0),
            null
        ) as component_seats,
        sum(adopted_seats.seats) as adopted_seats,
        sum(adopted_seats.seats) filter (where contests.seat_type = 'general') as adopted_general_seats,
        iif(
            max(contests.seat_type <> 'general'),
            sum(adopted_seats.seats) filter (where contests.seat_type <> 'general'),
            0
        ) as adopted_component_seats,
        min(coalesce(adopted_seats.seats = contests.seats, 0)) as agrees,
        iif(max(contests.seats_basis = 'arithmetic'), 'arithmetic', 'printed') as seats_basis,
        max(contests.evidence) filter (where contests.seat_type = 'general') as evidence
    from contests
    left join adopted_seats on contests.id = adopted_seats.contest_id
    group by contests.election_id, contests.governorate_id
)

select
    summed.election_id,
    summed.governorate_id,
    governorates.name as governorate,
    coalesce(councils.seats, summed.seats) as seats,
    summed.general_seats,
    summed.component_seats,
    summed.adopted_seats,
    summed.adopted_general_seats,
    summed.adopted_component_seats,
    summed.adopted_seats - coalesce(councils.seats, summed.seats) as difference,
    summed.agrees,
    place_totals.seats as seats_as_printed,
    place_totals.seats_claim_id,
    iif(
        coalesce(councils.seats, summed.seats) is null, null, coalesce(councils.seats_basis, summed.seats_basis)
    ) as seats_basis,
    coalesce(councils.evidence, summed.evidence) as evidence
from summed
inner join governorates on summed.governorate_id = governorates.id
left join councils on summed.election_id = councils.election_id and summed.governorate_id = councils.governorate_id
left join place_totals
    on summed.election_id = place_totals.election_id and summed.governorate_id = place_totals.governorate_id;
