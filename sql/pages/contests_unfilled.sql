-- Contests in which the winners of some seats are not known, so that no sum over an election has those seats.
-- Null where the number of seats is not known either.
-- election: an id of the table elections; empty for all.
select
    completeness.contest_id,
    completeness.election_id,
    completeness.governorate_id,
    completeness.governorate,
    governorates.name_ar as governorate_ar,
    completeness.seat_type,
    seat_types.title as seat_type_title,
    seat_types.title_ar as seat_type_title_ar,
    completeness.seats,
    completeness.seats_unfilled
from completeness
inner join governorates on completeness.governorate_id = governorates.id
inner join seat_types on completeness.seat_type = seat_types.id
where :election in ('', completeness.election_id) and completeness.seats_unfilled is not 0
order by
    (select elections.polling_date from elections where elections.id = completeness.election_id) desc,
    completeness.governorate,
    completeness.seat_type;
