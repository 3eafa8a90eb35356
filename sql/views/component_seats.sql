-- Each component (minority) seat: who stood, who is adopted as winner, who has most of the adopted votes, and every
-- source's account as a JSON list.
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
)

select
    contests.id as contest_id,
    contests.election_id,
    contests.governorate_id,
    contests.seat_type,
    governorates.name as governorate,
    seat_types.title as component,
    count(standing.id) as candidates,
    max(standing.list_id) filter (where standing.seats > 0) as winner_list_id,
    max(standing.candidate_id) filter (where standing.seats > 0) as winner_candidate_id,
    max(standing.name) filter (where standing.seats > 0) as winner,
    max(standing.whole_votes) filter (where standing.seats > 0) as winner_votes,
    max(standing.seats_claim_id) filter (where standing.seats > 0) as winner_claim_id,
    max(standing.name) filter (where standing.place = 1 and standing.whole_votes is not null) as most_votes,
    max(standing.whole_votes) as most_votes_votes,
    coalesce(accounts.sources, 0) as sources,
    accounts.accounts
from contests
inner join governorates on contests.governorate_id = governorates.id
inner join seat_types on contests.seat_type = seat_types.id
left join standing on contests.id = standing.contest_id
left join accounts on contests.id = accounts.contest_id
where contests.seat_type <> 'general'
group by contests.id;
