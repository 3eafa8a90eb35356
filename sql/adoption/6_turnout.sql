-- How many were entitled, how many voted, and how their ballots counted, for each place that reports and each vote.
-- The whole country and groups of governorates are apart, so that the governorates can be added up.
insert into turnout
select
    figures.election_id || '-' || figures.reporting_unit_id || '-' || figures.vote,
    figures.election_id,
    figures.governorate_id,
    figures.reporting_unit_id,
    figures.vote,
    max(adopted.value) filter (where figures.measure = 'registered_voters'),
    max(adopted.claim_id) filter (where figures.measure = 'registered_voters'),
    max(adopted.decision_id) filter (where figures.measure = 'registered_voters'),
    max(adopted.value) filter (where figures.measure = 'ballots_cast'),
    max(adopted.claim_id) filter (where figures.measure = 'ballots_cast'),
    max(adopted.decision_id) filter (where figures.measure = 'ballots_cast'),
    max(adopted.value) filter (where figures.measure = 'turnout'),
    max(adopted.claim_id) filter (where figures.measure = 'turnout'),
    max(adopted.decision_id) filter (where figures.measure = 'turnout'),
    max(adopted.value) filter (where figures.measure = 'valid_votes'),
    max(adopted.claim_id) filter (where figures.measure = 'valid_votes'),
    max(adopted.decision_id) filter (where figures.measure = 'valid_votes'),
    max(adopted.value) filter (where figures.measure = 'invalid_ballots'),
    max(adopted.claim_id) filter (where figures.measure = 'invalid_ballots'),
    max(adopted.decision_id) filter (where figures.measure = 'invalid_ballots'),
    max(adopted.value) filter (where figures.measure = 'blank_ballots'),
    max(adopted.claim_id) filter (where figures.measure = 'blank_ballots'),
    max(adopted.decision_id) filter (where figures.measure = 'blank_ballots'),
    iif(max(figures.measure = 'registered_voters'), 'registered_voters', 'unstated')
from figures
inner join adopted on figures.id = adopted.figure_id
where figures.vote is not null and figures.subject = 'place' and figures.governorate_id is not null
group by figures.election_id, figures.reporting_unit_id, figures.vote
order by 1;

insert into national_turnout
select
    figures.election_id || '-' || coalesce(figures.reporting_unit_id, 'all') || '-' || figures.vote,
    figures.election_id,
    figures.reporting_unit_id,
    figures.vote,
    max(adopted.value) filter (where figures.measure = 'registered_voters'),
    max(adopted.claim_id) filter (where figures.measure = 'registered_voters'),
    max(adopted.decision_id) filter (where figures.measure = 'registered_voters'),
    max(adopted.value) filter (where figures.measure = 'ballots_cast'),
    max(adopted.claim_id) filter (where figures.measure = 'ballots_cast'),
    max(adopted.decision_id) filter (where figures.measure = 'ballots_cast'),
    max(adopted.value) filter (where figures.measure = 'turnout'),
    max(adopted.claim_id) filter (where figures.measure = 'turnout'),
    max(adopted.decision_id) filter (where figures.measure = 'turnout'),
    max(adopted.value) filter (where figures.measure = 'valid_votes'),
    max(adopted.claim_id) filter (where figures.measure = 'valid_votes'),
    max(adopted.decision_id) filter (where figures.measure = 'valid_votes'),
    max(adopted.value) filter (where figures.measure = 'invalid_ballots'),
    max(adopted.claim_id) filter (where figures.measure = 'invalid_ballots'),
    max(adopted.decision_id) filter (where figures.measure = 'invalid_ballots'),
    max(adopted.value) filter (where figures.measure = 'blank_ballots'),
    max(adopted.claim_id) filter (where figures.measure = 'blank_ballots'),
    max(adopted.decision_id) filter (where figures.measure = 'blank_ballots'),
    iif(max(figures.measure = 'registered_voters'), 'registered_voters', 'unstated')
from figures
inner join adopted on figures.id = adopted.figure_id
where figures.vote is not null and figures.subject = 'place' and figures.governorate_id is null
group by figures.election_id, figures.reporting_unit_id, figures.vote
order by 1;
