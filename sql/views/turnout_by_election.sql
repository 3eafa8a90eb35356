-- How many voted in the whole country, by vote: as printed, recomputed from the printed figures, and summed over the
-- governorates where the votes of all that voted are known. A figure that covers only a group of governorates says so.
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
        sum(ballots_cast) as ballots_cast
    from turnout_by_governorate
    group by election_id, vote
),

votes as (
    select
        election_id,
        vote,
        reporting_unit_id
    from turnout
    where governorate_id is null
    union
    select
        elections.id,
        'general',
        null
    from elections
    where
        not exists (
            select 1 from turnout
            where
                turnout.election_id = elections.id
                and turnout.governorate_id is null
                and turnout.vote = 'general'
        )
)

select
    votes.election_id,
    votes.reporting_unit_id,
    votes.vote,
    coalesce(reporting_units.name, 'Iraq') as place,
    turnout.registered_voters,
    turnout.ballots_cast,
    100.0 * turnout.ballots_cast / turnout.registered_voters as turnout,
    turnout.turnout_as_printed,
    turnout.denominator,
    coalesce(summed.governorates_known, 0) as governorates_known,
    held.governorates as governorates_voting,
    iif(summed.governorates_known = held.governorates, summed.registered_voters, null) as registered_voters_summed,
    iif(summed.governorates_counted = held.governorates, summed.ballots_cast, null) as ballots_cast_summed,
    turnout.registered_voters_claim_id,
    turnout.ballots_cast_claim_id,
    turnout.turnout_claim_id
from votes
inner join held on votes.election_id = held.election_id
left join turnout
    on
        votes.election_id = turnout.election_id
        and votes.vote = turnout.vote
        and turnout.governorate_id is null
        and coalesce(votes.reporting_unit_id, '') = coalesce(turnout.reporting_unit_id, '')
left join reporting_units on votes.reporting_unit_id = reporting_units.id
left join summed
    on
        votes.election_id = summed.election_id
        and votes.vote = summed.vote
        and votes.reporting_unit_id is null;
