-- The printed tables and passages of a document, in its order.
-- source: an id of the table sources.
select
    source_tables.*,
    stages.title as stage_title,
    stages.title_ar as stage_title_ar
from source_tables
inner join stages on source_tables.stage = stages.id
where source_tables.source_id = :source
order by source_tables.position;
