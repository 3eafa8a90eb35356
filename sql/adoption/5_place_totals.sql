-- What the sources print for a governorate or the country as a whole, and for the lists that they lump as others there.
insert into place_totals
select
    figures.election_id || '-' || coalesce(figures.governorate_id, 'all'),
    figures.election_id,
    figures.governorate_id,
    max(adopted.value) filter (where figures.subject = 'place' and figures.measure = 'votes'),
    max(adopted.claim_id) filter (where figures.subject = 'place' and figures.measure = 'votes'),
    max(adopted.decision_id) filter (where figures.subject = 'place' and figures.measure = 'votes'),
    max(adopted.value) filter (where figures.subject = 'other' and figures.measure = 'votes'),
    max(adopted.claim_id) filter (where figures.subject = 'other' and figures.measure = 'votes'),
    max(adopted.decision_id) filter (where figures.subject = 'other' and figures.measure = 'votes'),
    max(adopted.value) filter (where figures.subject = 'place' and figures.measure = 'seats'),
    max(adopted.claim_id) filter (where figures.subject = 'place' and figures.measure = 'seats'),
    max(adopted.decision_id) filter (where figures.subject = 'place' and figures.measure = 'seats')
from figures
inner join adopted on figures.id = adopted.figure_id
where
    figures.subject in ('place', 'other')
    and figures.measure in ('votes', 'seats')
    and figures.reporting_unit_id is null
group by figures.election_id, figures.governorate_id
having max(adopted.value) is not null
order by 1;
