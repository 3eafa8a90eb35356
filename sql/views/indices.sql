-- Measures of each contest, and of each election as a whole, with their sources:
--   effective number of parties by votes and by seats, 1 / sum of squared shares (Laakso and Taagepera 1979);
--   least squares index, the square root of half the sum of squared differences (Gallagher 1991);
--   half the sum of absolute differences (Loosemore and Hanby 1971);
--   Sainte-Laguë index, the sum of squared differences each over the share of votes;
--   wasted votes, cast for lists that won no seat; entry price, the votes with which a new list would have taken the
--   last seat; threshold, that price as a share of the votes.
-- Differences are in percentage points. Where a source lumps small lists as others, each index that depends on how
-- they were split has a low and a high bound: one list with all of them, or ever so many tiny ones. Votes are the
-- contest's own: the named ones and the lumped ones. Without a printed total nothing is known of the lists not named,
-- and the indices of votes are null. So they are for an election as a whole, whose small lists no source prints in all
-- governorates: only its seats are measured.
-- Kept as rows when the database is built (build_db.keep_rows).
create view indices as
with lumped as (
    select
        allocation_readiness.contest_id,
        allocation_readiness.election_id,
        allocation_readiness.governorate_id,
        allocation_readiness.seats,
        allocation_readiness.named_votes,
        iif(
            allocation_readiness.remainder >= 0,
            min(coalesce(place_totals.other_votes, 0), allocation_readiness.remainder),
            null
        ) as other_votes
    from allocation_readiness
    left join place_totals
        on
            allocation_readiness.election_id = place_totals.election_id
            and allocation_readiness.governorate_id = place_totals.governorate_id
    where allocation_readiness.seat_type = 'general'
),

ready as (
    select
        lumped.contest_id,
        lumped.election_id,
        lumped.governorate_id,
        lumped.seats,
        iif(allocation_readiness.votes_status = 'ready', lumped.other_votes, null) as other_votes,
        iif(allocation_readiness.votes_status = 'ready', lumped.named_votes + lumped.other_votes, null) as votes
    from lumped
    inner join allocation_readiness on lumped.contest_id = allocation_readiness.contest_id
),

shares as (
    select
        ready.contest_id,
        results.seats,
        results.votes as list_votes,
        100.0 * results.votes / ready.votes as vote_share,
        100.0 * coalesce(results.seats, 0) / sum(results.seats) over (partition by ready.contest_id) as seat_share
    from ready
    inner join results on ready.contest_id = results.contest_id
),

summed as (
    select
        contest_id,
        sum(vote_share * vote_share) as vote_squares,
        sum(seat_share * seat_share) as seat_squares,
        sum((vote_share - seat_share) * (vote_share - seat_share)) as difference_squares,
        sum(abs(vote_share - seat_share)) as differences,
        sum((vote_share - seat_share) * (vote_share - seat_share) / vote_share) as relative_squares,
        coalesce(sum(list_votes) filter (where coalesce(seats, 0) = 0), 0) as wasted_votes,
        count(*) as lists,
        count(*) filter (where seats > 0) as lists_with_seats
    from shares
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

national as (
    select
        election_id,
        100.0 * seats / sum(seats) over (partition by election_id) as seat_share
    from seat_totals
    where seats > 0
)

select
    ready.election_id,
    ready.governorate_id,
    ready.contest_id,
    'contest' as level,
    governorates.name as governorate,
    ready.seats,
    summed.lists,
    summed.lists_with_seats,
    ready.votes,
    ready.other_votes,
    10000.0 / (summed.vote_squares + pow(100.0 * ready.other_votes / ready.votes, 2)) as effective_parties_votes_low,
    10000.0 / summed.vote_squares + 0 * ready.votes as effective_parties_votes_high,
    10000.0 / summed.seat_squares as effective_parties_seats,
    sqrt(summed.difference_squares / 2) + 0 * ready.votes as gallagher_low,
    sqrt((summed.difference_squares + pow(100.0 * ready.other_votes / ready.votes, 2)) / 2) as gallagher_high,
    (summed.differences + 100.0 * ready.other_votes / ready.votes) / 2 as loosemore_hanby,
    summed.relative_squares + 100.0 * ready.other_votes / ready.votes as sainte_lague,
    summed.wasted_votes + ready.other_votes as wasted_votes,
    100.0 * (summed.wasted_votes + ready.other_votes) / ready.votes as wasted_share,
    prices.entry_price,
    100.0 * prices.entry_price / ready.votes as threshold
from ready
inner join governorates on ready.governorate_id = governorates.id
inner join summed on ready.contest_id = summed.contest_id
left join prices on ready.contest_id = prices.contest_id
union all
select
    election_id,
    null,
    null,
    'election',
    null,
    (select sum(contests.seats) from contests where contests.election_id = national.election_id),
    null,
    count(*),
    null,
    null,
    null,
    null,
    10000.0 / sum(seat_share * seat_share),
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null
from national
group by election_id;
