-- Fills the table quotients: for every list in the contests that can be recomputed its votes divided by the
-- election's divisors. Kept in a table, since several views rest on it and a page must not wait for it.
-- Exact: divisors are multiplied by the denominator of the first one, so that all are whole numbers, and the quotient
-- is kept as a whole number of parts so small that two different quotients never fall together: two fractions with
-- divisors up to m differ by at least 1 / m², so m² + 1 parts keep their order, and equal ones stay equal. The parts
-- fit in 64 bits: at the limits of the table measures, 50 million votes and 1000 seats, with denominators up to 100.
-- The first divisor must not be greater than the second. Where they are equal, so are a list's own first and second
-- quotient: no lot is drawn between these two, the first one simply comes first.
-- place is the best place that the quotient can take, equals how many stand to take it: itself and others' quotients.
insert into quotients (contest_id, result_id, list_seat, votes, divisor, denominator, seats, place, equals)
with recursive seat_numbers as (
    select 1 as list_seat
    union all
    select list_seat + 1 from seat_numbers
    where list_seat < (select max(seats) from contests)
),

divided as (
    select
        results.contest_id,
        results.id as result_id,
        results.votes,
        allocation_readiness.seats,
        seat_numbers.list_seat,
        iif(
            seat_numbers.list_seat = 1,
            elections.first_divisor_numerator,
            elections.first_divisor_denominator
            * (elections.second_divisor + (seat_numbers.list_seat - 2) * elections.divisor_step)
        ) as divisor,
        elections.first_divisor_denominator as denominator,
        elections.first_divisor_denominator
        * (elections.second_divisor + allocation_readiness.seats * elections.divisor_step)
        + elections.first_divisor_numerator as greatest
    from allocation_readiness
    inner join elections on allocation_readiness.election_id = elections.id
    inner join results on allocation_readiness.contest_id = results.contest_id
    inner join seat_numbers on allocation_readiness.seats >= seat_numbers.list_seat
    where allocation_readiness.status = 'ready' and results.votes > 0
),

ordered as (
    select
        contest_id,
        result_id,
        votes,
        seats,
        list_seat,
        divisor,
        denominator,
        votes * (greatest * greatest + 1) / divisor as parts
    from divided
),

ranked as (
    select
        *,
        rank() over (partition by contest_id order by parts desc) as place,
        count(*) over (partition by contest_id, parts) as equals,
        row_number() over (partition by contest_id, parts, result_id order by list_seat) as own_place,
        count(*) over (partition by contest_id, parts, result_id) as own_equals
    from ordered
)

select
    contest_id,
    result_id,
    list_seat,
    votes,
    divisor,
    denominator,
    seats,
    place + own_place - 1 as place,
    equals - own_equals + 1 as equals
from ranked
order by result_id, list_seat;
