-- Who could vote in a governorate and who did, by kind of vote.
-- governorate: an id, such as kirkuk.
-- election: an id of the table elections.
select
    vote,
    registered_voters,
    ballots_cast,
    round(turnout, 2) as turnout,
    turnout_as_printed,
    denominator,
    registered_voters_claim_ids,
    ballots_cast_claim_ids,
    turnout_claim_ids
from turnout_by_governorate
where
    governorate_id = :governorate
    and election_id = :election
    and coalesce(registered_voters, ballots_cast, turnout, turnout_as_printed) is not null
order by instr('general special both unstated', vote);
