-- Every claim that states a figure: who prints it, where, in which words; the adopted one first.
-- figure: an id of the table figures.
select
    claims.id as claim_id,
    claims.value_as_printed,
    claims.value,
    claims.basis,
    claims.stations,
    claims.stations_of,
    coalesce(claims.id = figures.adopted_claim_id, 0) as is_adopted,
    claims.stage,
    stages.title as stage_title,
    stages.title_ar as stage_title_ar,
    claims.name_as_printed,
    claims.column_as_printed,
    claims.locator,
    claims.row_number,
    claims.source_id,
    sources.title as source,
    sources.publisher,
    sources.published_on,
    sources.kind,
    sources.url
from claims
inner join figures on claims.figure_id = figures.id
inner join sources on claims.source_id = sources.id
inner join stages on claims.stage = stages.id
where claims.figure_id = :figure
order by is_adopted desc, claims.stations is not claims.stations_of, stages.rank, claims.position;
