-- A council and a list of an election to begin with: that of which most votes are known, and that with most seats.
-- election: an id of the table elections.
select
    council.governorate_id,
    council.governorate,
    governorates.name_ar as governorate_ar,
    strongest.list_id,
    strongest.list,
    strongest.list_ar
from (
    select
        governorate_id,
        governorate
    from completeness
    where election_id = :election and names > 0
    order by seat_type = 'general' desc, names_with_votes desc, governorate
    limit 1
) as council
inner join governorates on council.governorate_id = governorates.id
left join (
    select
        list_id,
        list,
        coalesce(list_ar, list) as list_ar
    from seat_totals
    where election_id = :election and list_id is not null and seats > 0
    order by seats desc, list
    limit 1
) as strongest on 1;
