-- The first divisors under which the votes give the official seats, or that none does. With S and s for the seats of
-- a winner and a loser of the last seat, the official seats come about just when no list's next quotient is greater
-- than any list's last one:
--   lists with two seats or more: the smallest last quotient, votes / (2S - 1), is not below any next one;
--   lists with none: votes / first divisor is not above that quotient, which gives the lower end;
--   lists with one: votes / first divisor is not below the greatest next quotient, which gives the upper end.
-- The first divisor cannot pass the second, or the method would not be one of highest averages. Both ends are exact
-- fractions in lowest terms. An end by lot is one where two quotients of different lists are equal: the official seats
-- are then one outcome of a draw. Where a draw is needed under every first divisor (a list with one seat and a list
-- with none have equal votes, say), both ends are by lot.
-- Seats differing are those that would have to pass from one list to another to give the seats that the votes give
-- under the election's own divisors; where these leave a draw, under its outcome that is nearest to the official seats.
-- The upper end rests on the winners alone. The lower end counts the losers that are named: it is known where all the
-- votes left to others, in one hand, would be no more than those of a named loser; elsewhere it may lie higher.
-- (2S - 1 stands for the election's own divisors, read from elections.)
-- Kept as rows when the database is built (build_db.keep_rows).
create view implied_divisor as
with recursive standing as (
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
        seats,
        next_divisor as divisor,
        row_number() over (
            partition by contest_id order by votes * (greatest * greatest + 1) / next_divisor desc, name_id
        ) as place,
        count(*) over (
            partition by contest_id, votes * (greatest * greatest + 1) / next_divisor
        ) as equals
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
        -- A list's own second quotient equals its first one where the first divisor is the second: no draw by itself.
        coalesce(
            single.votes * greatest_next.divisor < elections.second_divisor * greatest_next.votes
            or (
                single.votes * greatest_next.divisor = elections.second_divisor * greatest_next.votes
                and (greatest_next.equals > 1 or greatest_next.seats > 1)
            ),
            0
        ) as upper_by_lot,
        coalesce(smallest_last.votes * greatest_next.divisor = greatest_next.votes * smallest_last.divisor, 0)
        or coalesce(single.votes = seatless.votes, 0) as always_by_lot,
        smallest_last.votes * greatest_next.divisor < greatest_next.votes * smallest_last.divisor as crossed,
        single.votes < seatless.votes as overtaken,
        coalesce(allocation_readiness.remainder between 0 and coalesce(seatless.votes, 0), 0) as losers_known,
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
                then 'a list with no seat has so many votes that the first divisor would have to pass the second'
        end as obstacle
    from bounds
),

-- The greatest common divisor of each end's numerator and denominator, by Euclid's algorithm.
euclid as (
    select
        contest_id,
        'lower' as end_of,
        lower_numerator as greater,
        lower_denominator as smaller
    from judged
    union all
    select
        contest_id,
        'upper',
        upper_numerator,
        upper_denominator
    from judged
    union all
    select
        contest_id,
        end_of,
        smaller,
        greater % smaller
    from euclid
    where smaller > 0
),

reduced as (
    select
        judged.*,
        judged.lower_numerator / lower_common.greater as lower_top,
        judged.lower_denominator / lower_common.greater as lower_bottom,
        judged.upper_numerator / upper_common.greater as upper_top,
        judged.upper_denominator / upper_common.greater as upper_bottom
    from judged
    inner join euclid as lower_common
        on
            judged.contest_id = lower_common.contest_id
            and lower_common.end_of = 'lower'
            and lower_common.smaller = 0
    inner join euclid as upper_common
        on
            judged.contest_id = upper_common.contest_id
            and upper_common.end_of = 'upper'
            and upper_common.smaller = 0
),

differing as (
    select
        contest_id,
        max(
            sum(max(seats_certain - coalesce(official_seats, 0), 0)),
            sum(max(coalesce(official_seats, 0) - seats_possible, 0))
        ) as seats
    from seat_allocation
    group by contest_id
)

select
    reduced.contest_id,
    contests.election_id,
    contests.governorate_id,
    contests.seat_type,
    governorates.name as governorate,
    reduced.obstacle is null as fits,
    iif(reduced.obstacle is null, reduced.lower_top, null) as lower_numerator,
    iif(reduced.obstacle is null, reduced.lower_bottom, null) as lower_denominator,
    iif(reduced.obstacle is null, reduced.upper_top, null) as upper_numerator,
    iif(reduced.obstacle is null, reduced.upper_bottom, null) as upper_denominator,
    iif(reduced.obstacle is null, 1.0 * reduced.lower_top / reduced.lower_bottom, null) as lower,
    iif(reduced.obstacle is null, 1.0 * reduced.upper_top / reduced.upper_bottom, null) as upper,
    iif(reduced.obstacle is null, reduced.losers_known, null) as lower_known,
    iif(reduced.obstacle is null, reduced.lower_numerator > 0, null) as lower_closed,
    iif(reduced.obstacle is null, 1, null) as upper_closed,
    iif(reduced.obstacle is null, reduced.lower_numerator > 0 or reduced.always_by_lot, null) as lower_by_lot,
    iif(
        reduced.obstacle is null,
        reduced.upper_by_lot
        or reduced.always_by_lot
        or (reduced.lower_top = reduced.upper_top and reduced.lower_bottom = reduced.upper_bottom),
        null
    ) as upper_by_lot,
    reduced.obstacle is null
    and reduced.lower_top * reduced.first_divisor_denominator
    <= reduced.first_divisor_numerator * reduced.lower_bottom
    and reduced.first_divisor_numerator * reduced.upper_bottom
    <= reduced.upper_top * reduced.first_divisor_denominator as holds_law,
    reduced.obstacle,
    reduced.smallest_last_id,
    reduced.greatest_next_id,
    differing.seats as seats_differing
from reduced
inner join contests on reduced.contest_id = contests.id
inner join governorates on contests.governorate_id = governorates.id
left join differing on reduced.contest_id = differing.contest_id;
