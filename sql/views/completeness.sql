-- How far each contest is known: its seats, its votes, its rule, each by itself. Every relation that adds up or
-- compares rests on it.
-- The remainder is what the printed total of the governorate leaves after all names in all its contests; unknown where
-- the votes of a name are only those of a part of the stations.
-- votes_status says whether the votes and the winners suffice to allocate the seats by some rule.
-- Kept as rows when the database is built (build_db.keep_rows).
create view completeness as
with named as (
    select
        contests.election_id,
        contests.governorate_id,
        iif(max(claims.stations is not claims.stations_of), null, sum(results.votes)) as votes
    from results
    inner join contests on results.contest_id = contests.id
    left join claims on results.votes_claim_id = claims.id
    group by contests.election_id, contests.governorate_id
),

standing as (
    select
        results.contest_id,
        count(*) as names,
        count(results.votes) as names_with_votes,
        count(*) filter (where results.seats > 0 and results.votes is null) as winners_without_votes,
        sum(results.votes) as votes,
        sum(results.seats) as official_seats,
        max(claims.stations is not claims.stations_of) as has_parts,
        count(distinct claims.stage) as stages
    from results
    left join claims on results.votes_claim_id = claims.id
    group by results.contest_id
),

known as (
    select
        contests.id as contest_id,
        contests.election_id,
        contests.governorate_id,
        contests.seat_type,
        contests.rule_id,
        contests.seats,
        standing.official_seats as seats_filled,
        max(contests.seats - coalesce(standing.official_seats, 0), 0) as seats_unfilled,
        coalesce(standing.names, 0) as names,
        coalesce(standing.names_with_votes, 0) as names_with_votes,
        coalesce(standing.winners_without_votes, 0) as winners_without_votes,
        standing.votes as named_votes,
        place_totals.votes as governorate_votes,
        place_totals.votes - named.votes as remainder,
        standing.votes + place_totals.votes - named.votes as total_votes,
        coalesce(standing.has_parts, 0) as has_parts,
        coalesce(standing.stages, 0) as stages
    from contests
    left join standing on contests.id = standing.contest_id
    left join place_totals
        on contests.election_id = place_totals.election_id and contests.governorate_id = place_totals.governorate_id
    left join named on contests.election_id = named.election_id and contests.governorate_id = named.governorate_id
)

select
    known.contest_id,
    known.election_id,
    known.governorate_id,
    known.seat_type,
    governorates.name as governorate,
    known.seats,
    known.seats_filled,
    known.seats_unfilled,
    known.names,
    known.names_with_votes,
    known.winners_without_votes,
    known.named_votes,
    known.governorate_votes,
    known.remainder,
    known.total_votes,
    case
        when known.names_with_votes = 0 then 'none'
        when known.has_parts then 'part of the stations'
        when known.names_with_votes < known.names then 'some names'
        when known.remainder is null then 'no total'
        when known.remainder < 0 then 'more than the total'
        when known.remainder > 0 then 'a remainder'
        else 'all'
    end as votes_known,
    known.rule_id,
    case allocation_rules.method
        when 'unknown' then 0
        when 'highest_averages'
            then
                allocation_rules.first_divisor_numerator is not null
                and allocation_rules.second_divisor is not null
                and allocation_rules.divisor_step is not null
        when 'largest_remainder' then allocation_rules.remainders is not null
        else 1
    end as rule_known,
    known.stages > 1 as stages_mixed,
    case
        when known.names_with_votes = 0 then 'no votes known'
        when known.has_parts then 'votes of a part of the stations'
        when known.winners_without_votes > 0 then 'votes of winners missing'
        when known.names_with_votes < 2 then 'only the winner named'
        when known.seats_filled is null or known.seats is null then 'no seats known'
        when known.seats_unfilled > 0 then 'winners of some seats missing'
        else 'ready'
    end as votes_status
from known
inner join governorates on known.governorate_id = governorates.id
inner join allocation_rules on known.rule_id = allocation_rules.id;
