-- Measures of each contest, and of each election as a whole, with their sources:
--   effective number of parties by votes and by seats, 1 / sum of squared shares (Laakso and Taagepera 1979);
--   least squares index, the square root of half the sum of squared differences (Gallagher 1991);
--   half the sum of absolute differences (Loosemore and Hanby 1971);
--   Sainte-Laguë index, the sum of squared differences each over the share of votes;
--   wasted votes, cast for lists that won no seat; entry price, the votes with which a new list would have taken the
--   last seat, under a rule of highest averages; threshold, that price as a share of the votes.
-- Differences are in percentage points. Votes are the contest's own: those of its names, those that a source lumps as
-- others, and those that it leaves to nobody (unnamed). An index has a low and a high bound, from the least to the most
-- that it can be: the lumped votes are one list's or ever so many tiny ones'; the unnamed votes are that, or no votes
-- at all, if the printed total is wrong. Without a printed total nothing is known of the lists not named, and the
-- indices of votes are null; so they are where the names have more votes than the total. Of an election as a whole,
-- whose small lists no source prints in all governorates, only the seats are measured. Seats whose winners are not
-- known may be one list's, that with most, or go to as many lists that have none.
-- Kept as rows when the database is built (build_db.keep_rows).
create view indices as
with general as (
    select
        completeness.contest_id,
        completeness.election_id,
        completeness.governorate_id,
        completeness.governorate,
        completeness.seats,
        completeness.seats_unfilled,
        iif(completeness.remainder >= 0, completeness.named_votes, null) as named_votes,
        min(coalesce(place_totals.other_votes, 0), completeness.remainder) as other_votes,
        completeness.remainder,
        completeness.votes_status = 'ready' and completeness.remainder >= 0 as votes_measured
    from completeness
    left join place_totals
        on
            completeness.election_id = place_totals.election_id
            and completeness.governorate_id = place_totals.governorate_id
    where completeness.seat_type = 'general'
),

-- What the votes may be: with all that the total leaves over, or with those lumped as rest only.
cases as (
    select
        contest_id,
        remainder as rest,
        1.0 * (named_votes + remainder) as votes
    from general
    where votes_measured
    union all
    select
        contest_id,
        other_votes,
        1.0 * (named_votes + other_votes)
    from general
    where votes_measured and other_votes < remainder
),

shares as (
    select
        cases.contest_id,
        cases.rest,
        cases.votes,
        results.seats,
        results.votes as list_votes,
        100 * results.votes / cases.votes as vote_share,
        100.0 * coalesce(results.seats, 0)
        / sum(results.seats) over (partition by cases.contest_id, cases.rest) as seat_share
    -- In this order: the sums of fractions are then the same to the last digit whenever they are made.
    from cases
    cross join results
    where cases.contest_id = results.contest_id
),

summed as (
    select
        contest_id,
        rest,
        votes,
        100 * rest / votes as rest_share,
        sum(vote_share * vote_share) as vote_squares,
        sum((vote_share - seat_share) * (vote_share - seat_share)) as difference_squares,
        sum(abs(vote_share - coalesce(seat_share, 0))) as differences,
        sum((vote_share - seat_share) * (vote_share - seat_share) / vote_share) as relative_squares,
        coalesce(sum(list_votes) filter (where coalesce(seats, 0) = 0), 0) + rest as wasted_votes
    from shares
    group by contest_id, rest, votes
),

bounds as (
    select
        contest_id,
        min(10000 / (vote_squares + rest_share * rest_share)) as effective_parties_votes_low,
        max(10000 / vote_squares) as effective_parties_votes_high,
        min(sqrt(difference_squares / 2)) as gallagher_low,
        max(sqrt((difference_squares + rest_share * rest_share) / 2)) as gallagher_high,
        min((differences + rest_share) / 2) as loosemore_hanby_low,
        max((differences + rest_share) / 2) as loosemore_hanby_high,
        min(relative_squares + rest_share) as sainte_lague_low,
        max(relative_squares + rest_share) as sainte_lague_high,
        max(wasted_votes) as wasted_votes,
        min(100 * wasted_votes / votes) as wasted_share_low,
        max(100 * wasted_votes / votes) as wasted_share,
        min(votes) as votes_low,
        max(votes) as votes_high
    from summed
    group by contest_id
),

prices as (
    select
        allocation_steps.contest_id,
        1.0
        * min(1.0 * allocation_steps.value_numerator / allocation_steps.value_denominator)
        * allocation_rules.first_divisor_numerator
        / allocation_rules.first_divisor_denominator as entry_price
    from allocation_steps
    inner join allocations on allocation_steps.contest_id = allocations.contest_id
    inner join allocation_rules on allocations.rule_id = allocation_rules.id
    where allocation_steps.outcome in ('won', 'tied') and allocation_rules.method = 'highest_averages'
    group by allocation_steps.contest_id
),

won as (
    select
        'contest' as level,
        results.contest_id as scope_id,
        general.seats_unfilled,
        results.seats
    from general
    inner join results on general.contest_id = results.contest_id
    where results.seats > 0
    union all
    select
        'election',
        election_id,
        seats_unfilled,
        seats
    from seat_totals
    where seats > 0
),

by_seats as (
    select
        level,
        scope_id,
        count(*) as lists_with_seats,
        1.0 * pow(sum(seats) + max(seats_unfilled), 2)
        / (sum(seats * seats) + max(seats_unfilled) * (2 * max(seats) + max(seats_unfilled)))
            as effective_parties_seats_low,
        1.0 * pow(sum(seats) + max(seats_unfilled), 2)
        / (sum(seats * seats) + max(seats_unfilled)) as effective_parties_seats_high
    from won
    group by level, scope_id
)

select
    general.election_id,
    general.governorate_id,
    general.contest_id,
    'contest' as level,
    general.governorate,
    general.seats,
    general.seats_unfilled,
    (select count(*) from results where results.contest_id = general.contest_id) as lists,
    by_seats.lists_with_seats,
    iif(general.votes_measured, general.named_votes + general.remainder, null) as votes,
    iif(general.votes_measured, general.other_votes, null) as other_votes,
    iif(general.votes_measured, general.remainder - general.other_votes, null) as unnamed_votes,
    bounds.effective_parties_votes_low,
    bounds.effective_parties_votes_high,
    by_seats.effective_parties_seats_low,
    by_seats.effective_parties_seats_high,
    bounds.gallagher_low,
    bounds.gallagher_high,
    bounds.loosemore_hanby_low,
    bounds.loosemore_hanby_high,
    bounds.sainte_lague_low,
    bounds.sainte_lague_high,
    bounds.wasted_votes,
    bounds.wasted_share_low,
    bounds.wasted_share,
    prices.entry_price,
    100.0 * prices.entry_price / bounds.votes_high as threshold_low,
    100.0 * prices.entry_price / bounds.votes_low as threshold_high
from general
left join bounds on general.contest_id = bounds.contest_id
left join by_seats on by_seats.level = 'contest' and general.contest_id = by_seats.scope_id
left join prices on general.contest_id = prices.contest_id
union all
select
    completeness_of_elections.election_id,
    null,
    null,
    'election',
    null,
    completeness_of_elections.seats,
    completeness_of_elections.seats_unfilled,
    null,
    by_seats.lists_with_seats,
    null,
    null,
    null,
    null,
    null,
    by_seats.effective_parties_seats_low,
    by_seats.effective_parties_seats_high,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null
from completeness_of_elections
inner join by_seats
    on by_seats.level = 'election' and completeness_of_elections.election_id = by_seats.scope_id;
