-- Findings of the audit: what should hold, what stands there, and what settles or explains it.
-- governorate: an id, such as kirkuk; empty for all and the country.
-- election: an id of the table elections; empty for all.
-- code: the code of a check, such as W01; empty for all.
-- list: an id of the table lists; empty for all.
select
    checks.id,
    checks.code,
    checks.title,
    checks.election_id,
    checks.governorate_id,
    governorates.name as governorate,
    governorates.name_ar as governorate_ar,
    checks.list_id,
    lists.name as list,
    coalesce(lists.name_ar, lists.name) as list_ar,
    checks.source_id,
    checks.subject,
    checks.expected,
    checks.found,
    checks.difference,
    checks.claim_ids,
    checks.decision_id,
    decisions.reason,
    decisions.basis,
    checks.explanation
from checks
left join governorates on checks.governorate_id = governorates.id
left join lists on checks.list_id = lists.id
left join decisions on checks.decision_id = decisions.id
where
    checks.status = 'fails'
    and :governorate in ('', checks.governorate_id)
    and :election in ('', checks.election_id)
    and :code in ('', checks.code)
    and :list in ('', checks.list_id)
order by
    checks.code,
    (select elections.polling_date from elections where elections.id = checks.election_id) desc,
    governorates.name,
    checks.subject;
