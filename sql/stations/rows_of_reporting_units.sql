-- The centres and stations as places that report, in the order of their ids.
select id, governorate_id, centre_id as parent_id, 'polling_station' as kind, null as name, null as name_ar
from stations
union all
select distinct centre_id, governorate_id, unit_id, 'polling_centre', name, name_ar
from stations
order by id;
