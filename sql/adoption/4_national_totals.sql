-- What the sources print for a list in the whole country.
insert into national_totals
select
    figures.list_id,
    figures.election_id,
    figures.list_id,
    max(adopted.value) filter (where figures.measure = 'votes'),
    max(adopted.claim_id) filter (where figures.measure = 'votes'),
    max(adopted.decision_id) filter (where figures.measure = 'votes'),
    max(adopted.value) filter (where figures.measure = 'seats'),
    max(adopted.claim_id) filter (where figures.measure = 'seats'),
    max(adopted.decision_id) filter (where figures.measure = 'seats')
from figures
inner join adopted on figures.id = adopted.figure_id
where figures.subject = 'list' and figures.governorate_id is null and figures.reporting_unit_id is null
group by figures.list_id
order by figures.list_id;
