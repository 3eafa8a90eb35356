-- Every cell that was transcribed from a document, in the order printed; adopted is 1 where a figure rests on it.
-- source: an id of the table sources.
select
    claims.source_table_id,
    claims.row_number,
    claims.column_as_printed,
    claims.name_as_printed,
    claims.measure,
    claims.value_as_printed,
    claims.value,
    claims.basis,
    claims.stations,
    claims.stations_of,
    claims.id as claim_id,
    claims.figure_id,
    coalesce(claims.id = adopted.claim_id, 0) as is_adopted
from claims
left join adopted on claims.figure_id = adopted.figure_id
where claims.source_id = :source
order by claims.position;
