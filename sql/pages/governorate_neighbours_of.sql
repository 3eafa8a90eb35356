-- The governorates that a governorate borders on.
-- governorate: an id, such as kirkuk.
select
    governorates.id as governorate_id,
    governorates.name as governorate,
    governorates.name_ar as governorate_ar
from governorate_neighbours
inner join governorates on governorate_neighbours.neighbour_id = governorates.id
where governorate_neighbours.governorate_id = :governorate
order by governorates.name;
