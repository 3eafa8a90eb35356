-- How many voted in the whole electorate, by vote: as printed, recomputed from the printed figures, and summed over the
-- governorates where the votes of all that voted are known. A figure that covers only a group of governorates says so.
-- turnout_weighted is the turnout of the governorates for which both counts are known, taken together: an average of
-- their percentages would give a small governorate the weight of a large one. governorates_weighted says how many.
create view turnout_by_election as
with held as (
    select
        election_id,
        count(distinct governorate_id) as governorates
    from contests
    group by election_id
),

summed as (
    select
        election_id,
        vote,
        count(registered_voters) as governorates_known,
        count(ballots_cast) as governorates_counted,
        sum(registered_voters) as registered_voters,
        sum(ballots_cast) as ballots_cast,
        count(turnout) as governorates_weighted,
        100.0 * sum(ballots_cast) filter (where turnout is not null)
        / sum(registered_voters) filter (where turnout is not null) as turnout_weighted
    from turnout_by_governorate
    group by election_id, vote
),

votes as (
    select
        election_id,
        vote,
        reporting_unit_id
    from national_turnout
    union
    select
        elections.id,
        'general',
        null
    from elections
    where
        not exists (
            select 1 from national_turnout
            where national_turnout.election_id = elections.id and national_turnout.vote = 'general'
        )
)

select
    votes.election_id,
    votes.reporting_unit_id,
    votes.vote,
    coalesce(reporting_units.name, electorates.electorate) as place,
    national_turnout.registered_voters,
    national_turnout.ballots_cast,
    100.0 * national_turnout.ballots_cast / national_turnout.registered_voters as turnout,
    national_turnout.turnout_as_printed,
    national_turnout.denominator,
    coalesce(summed.governorates_known, 0) as governorates_known,
    held.governorates as governorates_voting,
    iif(summed.governorates_known = held.governorates, summed.registered_voters, null) as registered_voters_summed,
    iif(summed.governorates_counted = held.governorates, summed.ballots_cast, null) as ballots_cast_summed,
    coalesce(summed.governorates_weighted, 0) as governorates_weighted,
    summed.turnout_weighted,
    national_turnout.registered_voters_claim_id,
    national_turnout.ballots_cast_claim_id,
    national_turnout.turnout_claim_id
from votes
inner join electorates on votes.election_id = electorates.election_id
inner join held on votes.election_id = held.election_id
left join national_turnout
    on
        votes.election_id = national_turnout.election_id
        and votes.vote = national_turnout.vote
        and coalesce(votes.reporting_unit_id, '') = coalesce(national_turnout.reporting_unit_id, '')
left join reporting_units on votes.reporting_unit_id = reporting_units.id
left join summed
    on
        votes.election_id = summed.election_id
        and votes.vote = summed.vote
        and votes.reporting_unit_id is null;
