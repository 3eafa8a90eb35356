-- The councils of 2013 and 2023 side by side: size and strongest list, where it is known.
select
    governorates.id as governorate_id,
    governorates.name as governorate,
    governorates.name_ar as governorate_ar,
    before_size.seats as seats_2013,
    after_size.seats as seats_2023,
    after_size.seats - before_size.seats as seats_change,
    strongest_2013.list as list_2013,
    strongest_2013.list_ar as list_2013_ar,
    strongest_2013.seats as list_seats_2013,
    strongest_2023.list as list_2023,
    strongest_2023.list_ar as list_2023_ar,
    strongest_2023.seats as list_seats_2023
from governorates
left join council_sizes as before_size
    on governorates.id = before_size.governorate_id and before_size.election_id = '2013'
left join council_sizes as after_size
    on governorates.id = after_size.governorate_id and after_size.election_id = '2023'
left join strongest_lists as strongest_2013
    on governorates.id = strongest_2013.governorate_id and strongest_2013.election_id = '2013'
left join strongest_lists as strongest_2023
    on governorates.id = strongest_2023.governorate_id and strongest_2023.election_id = '2023'
where before_size.seats is not null or after_size.seats is not null
order by governorates.name;
