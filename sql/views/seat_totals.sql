-- Seats of each list in all governorates together, and its votes where known: as a source prints them for the whole
-- country, or else summed over the governorates if the votes are known in each of them where the list has a row. The
-- stage of a sum is that of its weakest part.
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
        iif(
            count(*) = count(results.votes) filter (where claims.stations is claims.stations_of),
            sum(results.votes),
            null
        ) as votes,
        max(stages.rank) as votes_stage_rank
    from results
    inner join contests on results.contest_id = contests.id
    left join claims on results.votes_claim_id = claims.id
    left join stages on claims.stage = stages.id
    group by contests.election_id, results.list_id, iif(results.list_id is null, results.candidate_id, null)
)

select
    won.election_id,
    won.list_id,
    won.candidate_id,
    lists.party_id,
    coalesce(lists.name, candidates.name) as list,
    coalesce(lists.name_ar, candidates.name_ar) as list_ar,
    won.seats,
    won.general_seats,
    won.component_seats,
    won.governorates_won,
    won.governorates_stood,
    coalesce(national_totals.votes, won.votes) as votes,
    case
        when national_totals.votes is not null then 'printed'
        when won.votes is not null then 'summed'
    end as votes_basis,
    case
        when national_totals.votes is not null then printed.stage
        when won.votes is not null then weakest.id
    end as votes_stage,
    national_totals.votes_claim_id,
    won.votes as votes_summed,
    national_totals.seats as seats_printed,
    national_totals.seats_claim_id as seats_printed_claim_id
from won
left join lists on won.list_id = lists.id
left join candidates on won.candidate_id = candidates.id
left join national_totals on won.list_id = national_totals.list_id
left join claims as printed on national_totals.votes_claim_id = printed.id
left join stages as weakest on won.votes_stage_rank = weakest.rank;
