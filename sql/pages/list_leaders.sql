-- Whom the sources name as leading a list, and where.
-- list: an id of the table lists.
select
    -- in an infobox the size of a picture stands before the name
    substr(claims.value_as_printed, instr(claims.value_as_printed, '|') + 1) as leader,
    governorates.id as governorate_id,
    governorates.name as governorate,
    governorates.name_ar as governorate_ar,
    claims.source_id,
    sources.publisher,
    claims.id as claim_id
from claims
inner join sources on claims.source_id = sources.id
left join governorates on claims.governorate_id = governorates.id
where claims.measure = 'leader' and claims.list_id = :list and claims.value_as_printed not in ('', '-')
order by claims.value_as_printed, governorates.name, claims.position;
