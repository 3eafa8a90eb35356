-- Whether the seats of a contest can be recomputed: whether its votes and its rule are known well enough, and if not,
-- what is missing. votes_status looks at the votes alone, so that other rules can be tried.
-- The remainder is what the printed total of the governorate leaves after all names in all its contests; unknown where
-- the votes of a name are only those of a part of the stations. Whether it can matter, the view seat_margins says.
create view allocation_readiness as
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
        max(claims.stations is not claims.stations_of) as has_parts
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
        coalesce(standing.names, 0) as names,
        coalesce(standing.names_with_votes, 0) as names_with_votes,
        coalesce(standing.winners_without_votes, 0) as winners_without_votes,
        standing.official_seats,
        standing.votes as named_votes,
        place_totals.votes as governorate_votes,
        place_totals.votes - named.votes as remainder,
        standing.votes + place_totals.votes - named.votes as total_votes,
        case
            when coalesce(standing.names_with_votes, 0) = 0 then 'no votes known'
            when standing.has_parts then 'votes of a part of the stations'
            when standing.winners_without_votes > 0 then 'votes of winners missing'
            when standing.names_with_votes < 2 then 'only the winner named'
            when standing.official_seats is null then 'no seats known'
            when standing.official_seats < contests.seats then 'winners of some seats missing'
            else 'ready'
        end as votes_status
    from contests
    left join standing on contests.id = standing.contest_id
    left join place_totals
        on contests.election_id = place_totals.election_id and contests.governorate_id = place_totals.governorate_id
    left join named on contests.election_id = named.election_id and contests.governorate_id = named.governorate_id
)

select
    known.*,
    case
        when known.votes_status <> 'ready' then known.votes_status
        when
            allocation_rules.method = 'unknown'
            or (
                allocation_rules.method = 'highest_averages'
                and (
                    allocation_rules.first_divisor_numerator is null
                    or allocation_rules.second_divisor is null
                    or allocation_rules.divisor_step is null
                )
            )
            or (allocation_rules.method = 'largest_remainder' and allocation_rules.remainders is null)
            then 'rule unknown'
        when
            allocation_rules.method in ('quota_then_seats', 'two_quotas', 'largest_remainder')
            and known.total_votes is null
            then 'total of votes unknown'
        else 'ready'
    end as status
from known
inner join allocation_rules on known.rule_id = allocation_rules.id;
