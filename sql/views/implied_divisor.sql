-- The first divisors under which the votes give the official seats, or that none does. With S and s for the seats of
-- a winner and a loser of the last seat, the official seats come about just when no list's next quotient is greater
-- than any list's last one:
--   lists with two seats or more: the smallest last quotient, votes / (2S - 1), is not below any next one;
--   lists with none: votes / first divisor is not above that quotient, which gives the lower end;
--   lists with one: votes / first divisor is not below the greatest next quotient, which gives the upper end.
-- The first divisor cannot pass the second, or the method would not be one of highest averages. Both ends are exact
-- fractions. An end by lot is one where two quotients are equal: the official seats are then one outcome of a draw.
-- (2S - 1 stands for the election's own divisors, read from elections.)
create view implied_divisor as
with standing as (
    select
        results.contest_id,
        results.id as result_id,
        coalesce(results.list_id, results.candidate_id) as name_id,
        results.votes,
        coalesce(results.seats, 0) as seats,
        elections.second_divisor + (coalesce(results.seats, 0) - 2) * elections.divisor_step as last_divisor,
        elections.second_divisor + (coalesce(results.seats, 0) - 1) * elections.divisor_step as next_divisor,
        elections.second_divisor + allocation_readiness.seats * elections.divisor_step as greatest
    from allocation_readiness
    inner join elections on allocation_readiness.election_id = elections.id
    inner join results on allocation_readiness.contest_id = results.contest_id
    where allocation_readiness.status = 'ready' and results.votes > 0
),

-- Ordered exactly as in the view quotients.
smallest_last as (
    select
        contest_id,
        name_id,
        votes,
        last_divisor as divisor,
        row_number() over (
            partition by contest_id order by votes * (greatest * greatest + 1) / last_divisor, name_id
        ) as place
    from standing
    where seats >= 2
),

greatest_next as (
    select
        contest_id,
        name_id,
        votes,
        next_divisor as divisor,
        row_number() over (
            partition by contest_id order by votes * (greatest * greatest + 1) / next_divisor desc, name_id
        ) as place
    from standing
    where seats >= 1
),

single as (
    select
        contest_id,
        min(votes) as votes
    from standing
    where seats = 1
    group by contest_id
),

seatless as (
    select
        contest_id,
        max(votes) as votes
    from standing
    where seats = 0
    group by contest_id
),

bounds as (
    select
        allocation_readiness.contest_id,
        allocation_readiness.seats,
        allocation_readiness.official_seats,
        elections.first_divisor_numerator,
        elections.first_divisor_denominator,
        elections.second_divisor,
        coalesce(seatless.votes * smallest_last.divisor, 0) as lower_numerator,
        iif(seatless.votes is null, 1, coalesce(smallest_last.votes, 1)) as lower_denominator,
        iif(
            single.votes * greatest_next.divisor < elections.second_divisor * greatest_next.votes,
            single.votes * greatest_next.divisor,
            elections.second_divisor
        ) as upper_numerator,
        iif(
            single.votes * greatest_next.divisor < elections.second_divisor * greatest_next.votes,
            greatest_next.votes,
            1
        ) as upper_denominator,
        coalesce(single.votes * greatest_next.divisor < elections.second_divisor * greatest_next.votes, 0)
            as upper_by_lot,
        smallest_last.votes * greatest_next.divisor < greatest_next.votes * smallest_last.divisor as crossed,
        single.votes < seatless.votes as overtaken,
        smallest_last.name_id as smallest_last_id,
        greatest_next.name_id as greatest_next_id
    from allocation_readiness
    inner join elections on allocation_readiness.election_id = elections.id
    left join smallest_last
        on allocation_readiness.contest_id = smallest_last.contest_id and smallest_last.place = 1
    left join greatest_next
        on allocation_readiness.contest_id = greatest_next.contest_id and greatest_next.place = 1
    left join single on allocation_readiness.contest_id = single.contest_id
    left join seatless on allocation_readiness.contest_id = seatless.contest_id
    where allocation_readiness.status = 'ready'
),

judged as (
    select
        *,
        case
            when official_seats <> seats then 'the official seats do not fill the contest'
            when crossed then 'a list with several seats has a smaller last quotient than another list''s next one'
            when overtaken then 'a list with no seat has more votes than a list with one'
            when lower_numerator * upper_denominator > upper_numerator * lower_denominator
                then 'the ends cross: a list with no seat needs a greater first divisor than a list with one allows'
        end as obstacle
    from bounds
),

differing as (
    select
        contest_id,
        sum(max(seats_certain - coalesce(official_seats, 0), 0)) as seats
    from seat_allocation
    group by contest_id
)

select
    judged.contest_id,
    contests.election_id,
    contests.governorate_id,
    contests.seat_type,
    governorates.name as governorate,
    judged.obstacle is null as fits,
    iif(judged.obstacle is null, judged.lower_numerator, null) as lower_numerator,
    iif(judged.obstacle is null, judged.lower_denominator, null) as lower_denominator,
    iif(judged.obstacle is null, judged.upper_numerator, null) as upper_numerator,
    iif(judged.obstacle is null, judged.upper_denominator, null) as upper_denominator,
    iif(judged.obstacle is null, 1.0 * judged.lower_numerator / judged.lower_denominator, null) as lower,
    iif(judged.obstacle is null, 1.0 * judged.upper_numerator / judged.upper_denominator, null) as upper,
    iif(judged.obstacle is null, judged.lower_numerator > 0, null) as lower_closed,
    iif(judged.obstacle is null, 1, null) as upper_closed,
    iif(judged.obstacle is null, judged.lower_numerator > 0, null) as lower_by_lot,
    iif(judged.obstacle is null, judged.upper_by_lot, null) as upper_by_lot,
    judged.obstacle is null
    and judged.lower_numerator * judged.first_divisor_denominator
    <= judged.first_divisor_numerator * judged.lower_denominator
    and judged.first_divisor_numerator * judged.upper_denominator
    <= judged.upper_numerator * judged.first_divisor_denominator as holds_law,
    judged.obstacle,
    judged.smallest_last_id,
    judged.greatest_next_id,
    differing.seats as seats_differing
from judged
inner join contests on judged.contest_id = contests.id
inner join governorates on contests.governorate_id = governorates.id
left join differing on judged.contest_id = differing.contest_id;
