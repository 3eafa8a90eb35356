-- Names and sentences of the data in both languages, so that a page has one place to look. The Arabic is null where
-- nobody has written it yet.
create view texts as
select
    id as text_id,
    'measures' as kind,
    title as text,
    title_ar as text_ar
from measures
union all
select
    id,
    'source_kinds',
    title,
    title_ar
from source_kinds
union all
select
    id,
    'rules',
    description,
    description_ar
from allocation_rules
union all
select
    id,
    'rule_evidence',
    evidence,
    evidence_ar
from allocation_rules
union all
select
    id,
    'decisions',
    reason,
    reason_ar
from decisions
union all
select
    finding,
    'explanations',
    explanation,
    explanation_ar
from explanations
union all
select
    id,
    'source_notes',
    citation_note,
    citation_note_ar
from sources
where citation_note is not null
union all
select
    publisher,
    'publishers',
    publisher,
    max(publisher_ar)
from sources
group by publisher
union all
select
    licence,
    'licences',
    licence,
    max(licence_ar)
from sources
group by licence
union all
select
    name,
    'subjects',
    name,
    name_ar
from reporting_units
where kind in ('electoral_division', 'group');
