-- Seats of each list in all governorates together, and its votes where known: as a source prints them for the whole
-- country, or else summed over the governorates if every council of the election is entered and the votes are known in
-- each of them where the list has a row. The stage of a sum is that of its weakest part. Seats of the election whose
-- winners are not known may be anybody's: seats_unfilled says how many.
-- Kept as rows when the database is built (build_db.keep_rows).
create view seat_totals as
with won as (
    select
        contests.election_id,
        results.list_id,
        iif(results.list_id is null, results.candidate_id, null) as candidate_id,
        sum(results.seats) as seats,
        -- None where it did not stand for such a seat, unknown where it stood and nobody says.
        iif(
            max(contests.seat_type = 'general'),
            sum(results.seats) filter (where contests.seat_type = 'general'),
            0
        ) as general_seats,
        iif(
            max(contests.seat_type <> 'general'),
            sum(results.seats) filter (where contests.seat_type <> 'general'),
            0
        ) as component_seats,
        count(distinct contests.governorate_id) filter (where results.seats > 0) as governorates_won,
        count(distinct contests.governorate_id) as governorates_stood,
        count(distinct contests.governorate_id) filter (where results.votes is not null) as governorates_summed,
        sum(results.votes) filter (where claims.stations is claims.stations_of) as votes_summed,
        count(*) = count(results.votes) filter (where claims.stations is claims.stations_of) as has_all_votes,
        max(stages.rank) as votes_stage_rank
    from results
    inner join contests on results.contest_id = contests.id
    left join claims on results.votes_claim_id = claims.id
    left join stages on claims.stage = stages.id
    group by contests.election_id, results.list_id, iif(results.list_id is null, results.candidate_id, null)
),

-- With the lists that are known in the whole country only.
known as (
    select * from won
    union all
    select
        national_totals.election_id,
        national_totals.list_id,
        null,
        null,
        null,
        null,
        null,
        0,
        0,
        null,
        0,
        null
    from national_totals
    where national_totals.list_id not in (
            select won.list_id from won
            where won.list_id is not null
        )
),

added_up as (
    select
        known.*,
        iif(
            known.has_all_votes and completeness_of_elections.general_contests_entered
            = completeness_of_elections.general_contests,
            known.votes_summed,
            null
        ) as votes,
        completeness_of_elections.seats_unfilled
    from known
    inner join completeness_of_elections on known.election_id = completeness_of_elections.election_id
)

select
    added_up.election_id,
    added_up.list_id,
    added_up.candidate_id,
    lists.party_id,
    coalesce(lists.name, candidates.name) as list,
    coalesce(lists.name_ar, candidates.name_ar) as list_ar,
    added_up.seats,
    added_up.general_seats,
    added_up.component_seats,
    added_up.seats_unfilled,
    added_up.governorates_won,
    added_up.governorates_stood,
    coalesce(national_totals.votes, added_up.votes) as votes,
    case
        when national_totals.votes is not null
            then iif(national_totals.votes_claim_id is null, 'arithmetic', 'printed')
        when added_up.votes is not null then 'summed'
    end as votes_basis,
    case
        when national_totals.votes is not null then printed.stage
        when added_up.votes is not null then weakest.id
    end as votes_stage,
    national_totals.votes_claim_id,
    national_totals.votes_decision_id,
    added_up.votes as votes_summed,
    added_up.governorates_summed,
    national_totals.seats as seats_printed,
    national_totals.seats_claim_id as seats_printed_claim_id
from added_up
left join lists on added_up.list_id = lists.id
left join candidates on added_up.candidate_id = candidates.id
left join national_totals on added_up.list_id = national_totals.list_id
left join claims as printed on national_totals.votes_claim_id = printed.id
left join stages as weakest on added_up.votes_stage_rank = weakest.rank;
