-- A document: what it is, where it stands, under which terms.
-- source: an id of the table sources.
select
    sources.*,
    source_kinds.title as kind_title
from sources
inner join source_kinds on sources.kind = source_kinds.id
where sources.id = :source;
