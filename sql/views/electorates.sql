-- Whose voters each election is of: the whole country, or a group of governorates.
create view electorates as
select
    elections.id as election_id,
    elections.electorate_id as reporting_unit_id,
    coalesce(reporting_units.name, 'Iraq') as electorate,
    coalesce(reporting_units.name_ar, 'العراق') as electorate_ar
from elections
left join reporting_units on elections.electorate_id = reporting_units.id;
