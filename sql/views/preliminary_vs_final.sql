-- The preliminary figure of each list beside the one that came after it: of the latest stage that any source prints.
-- Kept as rows when the database is built (build_db.keep_rows).
create view preliminary_vs_final as
with compared as (
    select
        figures.contest_id,
        figures.list_id,
        figures.candidate_id,
        figures.measure,
        claims.value,
        claims.stage,
        claims.id as claim_id,
        claims.stage = 'preliminary' as is_preliminary,
        row_number() over (
            partition by figures.id, claims.stage = 'preliminary'
            order by stages.rank, claims.id <> figures.adopted_claim_id, claims.id
        ) as place
    from figures
    inner join claims on figures.id = claims.figure_id
    inner join stages on claims.stage = stages.id
    where
        figures.contest_id is not null
        and figures.reporting_unit_id is null
        and figures.measure in ('votes', 'seats')
        and claims.value is not null
        -- What is added up from a part of the stations is less for being a part.
        and claims.stations is claims.stations_of
),

paired as (
    select
        contest_id,
        list_id,
        candidate_id,
        max(value) filter (where measure = 'votes' and is_preliminary) as preliminary_votes,
        max(value) filter (where measure = 'votes' and not is_preliminary) as later_votes,
        max(stage) filter (where measure = 'votes' and not is_preliminary) as later_votes_stage,
        max(value) filter (where measure = 'seats' and is_preliminary) as preliminary_seats,
        max(value) filter (where measure = 'seats' and not is_preliminary) as later_seats,
        max(stage) filter (where measure = 'seats' and not is_preliminary) as later_seats_stage,
        max(claim_id) filter (where measure = 'votes' and is_preliminary) as preliminary_votes_claim_id,
        max(claim_id) filter (where measure = 'votes' and not is_preliminary) as later_votes_claim_id,
        max(claim_id) filter (where measure = 'seats' and is_preliminary) as preliminary_seats_claim_id,
        max(claim_id) filter (where measure = 'seats' and not is_preliminary) as later_seats_claim_id
    from compared
    where place = 1
    group by contest_id, list_id, candidate_id
    having max(is_preliminary)
)

select
    contests.election_id,
    contests.governorate_id,
    paired.list_id,
    paired.candidate_id,
    paired.contest_id,
    governorates.name as governorate,
    coalesce(lists.name, candidates.name) as list,
    paired.preliminary_votes,
    paired.later_votes,
    paired.later_votes - paired.preliminary_votes as votes_change,
    paired.later_votes_stage,
    paired.preliminary_seats,
    paired.later_seats,
    paired.later_seats - paired.preliminary_seats as seats_change,
    paired.later_seats_stage,
    paired.preliminary_votes_claim_id,
    paired.later_votes_claim_id,
    paired.preliminary_seats_claim_id,
    paired.later_seats_claim_id
from paired
inner join contests on paired.contest_id = contests.id
inner join governorates on contests.governorate_id = governorates.id
left join lists on paired.list_id = lists.id
left join candidates on paired.candidate_id = candidates.id;
