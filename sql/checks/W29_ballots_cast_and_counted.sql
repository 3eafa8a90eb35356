-- The ballots cast are the valid, invalid and blank ones together.
select
    counted_ballots.election_id
    || '-'
    || coalesce(counted_ballots.reporting_unit_id, 'all')
    || '-'
    || counted_ballots.vote as id,
    iif(counted_ballots.difference = 0, 'holds', 'fails') as status,
    counted_ballots.election_id,
    counted_ballots.governorate_id,
    null as list_id,
    null as source_id,
    counted_ballots.place || ', ' || counted_ballots.election_id || ': ' || measures.title as subject,
    counted_ballots.ballots_cast - counted_ballots.difference as expected,
    counted_ballots.ballots_cast as found,
    counted_ballots.difference,
    '[]' as claim_ids,
    null as decision_id
from counted_ballots
inner join measures on measures.id = 'ballots_cast'
where counted_ballots.difference is not null;
