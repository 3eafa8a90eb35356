-- The component (minority) seats, a row for each winner of a contest, or one if none is known: how many seats are
-- filled together, who stood, who is adopted as winner with how many of the seats, who has most of the adopted votes,
-- who has none of the seats though its votes are among the most, and every source's account as a JSON list.
-- Kept as rows when the database is built (build_db.keep_rows).
create view component_seats as
with standing as (
    select
        results.*,
        -- The votes of a part of the stations tell nothing of who has most.
        iif(claims.stations is claims.stations_of, results.votes, null) as whole_votes,
        coalesce(candidates.name || coalesce(', ' || lists.name, ''), lists.name) as name,
        row_number() over (
            partition by results.contest_id
            order by iif(claims.stations is claims.stations_of, results.votes, null) desc nulls last
        ) as place
    from results
    left join claims on results.votes_claim_id = claims.id
    left join lists on results.list_id = lists.id
    left join candidates on results.candidate_id = candidates.id
),

accounts as (
    select
        figures.contest_id,
        count(distinct claims.source_id) as sources,
        json_group_array(json_object(
            'source', claims.source_id,
            'name', claims.name_as_printed,
            'measure', claims.measure,
            'value', claims.value,
            'claim', claims.id
        )) as accounts
    from claims
    inner join figures on claims.figure_id = figures.id
    where
        claims.measure in ('votes', 'seats')
        and claims.value is not null
        and figures.reporting_unit_id is null
    group by figures.contest_id
),

contests_known as (
    select
        contest_id,
        count(*) as candidates,
        count(*) filter (where seats > 0) as winners,
        sum(seats) as seats_filled,
        max(name) filter (where place = 1 and whole_votes is not null) as most_votes,
        max(whole_votes) as most_votes_votes
    from standing
    group by contest_id
),

-- The strongest of those without a seat that have more votes than a winner.
unseated as (
    select
        standing.contest_id,
        standing.name,
        standing.whole_votes,
        row_number() over (partition by standing.contest_id order by standing.place) as number
    from standing
    inner join contests_known on standing.contest_id = contests_known.contest_id
    where
        standing.seats = 0
        and standing.whole_votes is not null
        and standing.place <= contests_known.winners
)

select
    contests.id as contest_id,
    contests.election_id,
    contests.governorate_id,
    contests.seat_type,
    governorates.name as governorate,
    seat_types.title as component,
    contests.seats,
    contests.seats - coalesce(contests_known.seats_filled, 0) as seats_unfilled,
    coalesce(contests_known.candidates, 0) as candidates,
    winners.list_id as winner_list_id,
    winners.candidate_id as winner_candidate_id,
    winners.name as winner,
    winners.seats as winner_seats,
    winners.whole_votes as winner_votes,
    winners.seats_claim_id as winner_claim_id,
    contests_known.most_votes,
    contests_known.most_votes_votes,
    unseated.name as unseated,
    unseated.whole_votes as unseated_votes,
    coalesce(accounts.sources, 0) as sources,
    accounts.accounts
from contests
inner join governorates on contests.governorate_id = governorates.id
inner join seat_types on contests.seat_type = seat_types.id
left join contests_known on contests.id = contests_known.contest_id
left join standing as winners on contests.id = winners.contest_id and winners.seats > 0
left join unseated on contests.id = unseated.contest_id and unseated.number = 1
left join accounts on contests.id = accounts.contest_id
where contests.seat_type <> 'general';
