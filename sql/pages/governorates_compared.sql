-- Every governorate: its council, the strongest list or lists, and the turnout of the general vote, where it voted.
-- election: an id of the table elections.
select
    governorate_summary.*,
    governorates.name_ar as governorate_ar
from governorate_summary
inner join governorates on governorate_summary.governorate_id = governorates.id
where governorate_summary.election_id = :election
order by governorate;
