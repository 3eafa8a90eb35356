-- The figures of an election as a whole, each with the source that prints it.
-- election: an id of the table elections.
select
    figures.id as figure_id,
    figures.measure,
    figures.vote,
    reporting_units.id as reporting_unit_id,
    reporting_units.name as place,
    reporting_units.name_ar as place_ar,
    adopted.value,
    adopted.claim_id,
    claims.source_id,
    sources.publisher,
    sources.published_on,
    claims.stage
from figures
inner join adopted on figures.id = adopted.figure_id
left join claims on adopted.claim_id = claims.id
left join sources on claims.source_id = sources.id
left join reporting_units on figures.reporting_unit_id = reporting_units.id
where
    figures.election_id = :election
    and figures.subject = 'place'
    and figures.governorate_id is null
    and adopted.value is not null
order by figures.measure, figures.vote, reporting_units.id;
