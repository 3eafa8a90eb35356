-- The seats at the election before and the printed change give the seats.
select
    seats.id,
    iif(earlier.value + change.value = seats.value, 'holds', 'fails') as status,
    seats.election_id,
    seats.governorate_id,
    seats.list_id,
    seats.source_id,
    figure_names.name || ': change printed without its sign' as subject,
    seats.value - earlier.value as expected,
    change.value as found,
    change.value - (seats.value - earlier.value) as difference,
    json_array(earlier.id, seats.id, change.id) as claim_ids,
    null as decision_id
from claims as seats
inner join claims as earlier
    on seats.source_table_id = earlier.source_table_id and seats.list_id = earlier.list_id
inner join claims as change
    on seats.source_table_id = change.source_table_id and seats.list_id = change.list_id
inner join figure_names on seats.figure_id = figure_names.figure_id
where
    seats.measure = 'seats'
    and earlier.measure = 'seats_last_election'
    and change.measure = 'seat_change'
    and seats.value is not null
    and earlier.value is not null
    and change.value is not null;
