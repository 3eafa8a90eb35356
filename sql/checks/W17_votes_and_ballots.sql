-- A source does not count more votes in a place than ballots cast there.
-- As printed: a sum over the stations is of all of them, whatever their vote, and W25 holds each against its ballots.
select
    votes.id || '-' || ballots.id as id,
    iif(votes.value > ballots.value, 'fails', 'holds') as status,
    votes.election_id,
    votes.governorate_id,
    null as list_id,
    votes.source_id,
    figure_names.name || ': votes against ballots of the ' || figures.vote || ' vote' as subject,
    ballots.value as expected,
    votes.value as found,
    votes.value - ballots.value as difference,
    json_array(votes.id, ballots.id) as claim_ids,
    null as decision_id
from claims as votes
inner join figures as votes_figures on votes.figure_id = votes_figures.id
inner join claims as ballots
    on
        votes.source_id = ballots.source_id
        and votes.election_id = ballots.election_id
        and votes.governorate_id is ballots.governorate_id
inner join figures on ballots.figure_id = figures.id
inner join figure_names on votes.figure_id = figure_names.figure_id
where
    votes.measure = 'votes'
    and votes.basis = 'printed'
    and ballots.measure = 'ballots_cast'
    and ballots.basis = 'printed'
    and votes_figures.subject = 'place'
    and coalesce(votes_figures.reporting_unit_id, votes_figures.governorate_id) is figures.reporting_unit_id
    and votes.value is not null
    and ballots.value is not null;
