-- Figures that two sources print differently: the adopted value, the other, and what decided.
-- governorate: an id, such as kirkuk; empty for all and the country.
-- election: an id of the table elections; empty for all.
-- list: an id of the table lists; empty for all.
select
    disagreements.*,
    coalesce(reporting_units.name_ar, governorates.name_ar, 'العراق') as governorate_ar,
    coalesce(lists.name_ar, candidates.name_ar, disagreements.name) as name_ar,
    disagreements.list_id is null and disagreements.candidate_id is null as is_place,
    adopted_sources.publisher as adopted_publisher,
    other_sources.publisher as other_publisher
from disagreements
left join governorates on disagreements.governorate_id = governorates.id
left join reporting_units on disagreements.reporting_unit_id = reporting_units.id
left join lists on disagreements.list_id = lists.id
left join candidates on disagreements.candidate_id = candidates.id
left join sources as adopted_sources on disagreements.adopted_source_id = adopted_sources.id
left join sources as other_sources on disagreements.other_source_id = other_sources.id
where
    :governorate in ('', disagreements.governorate_id)
    and :election in ('', disagreements.election_id)
    and :list in ('', disagreements.list_id)
order by
    (select elections.polling_date from elections where elections.id = disagreements.election_id) desc,
    disagreements.governorate,
    disagreements.name,
    disagreements.measure,
    disagreements.other_claim_id;
