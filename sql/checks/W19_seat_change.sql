-- The seats at the election before and the printed change give the seats.
-- Where a list stands twice in its table, with the cells nearest to its seats.
with compared as (
    select
        seats.*,
        earlier.id as earlier_id,
        earlier.value as earlier_seats,
        change.id as change_id,
        change.value as change,
        row_number() over (
            partition by seats.id
            order by
                abs(earlier.row_number - seats.row_number) + abs(change.row_number - seats.row_number),
                earlier.position,
                change.position
        ) as place
    from claims as seats
    inner join claims as earlier
        on seats.source_table_id = earlier.source_table_id and seats.list_id = earlier.list_id
    inner join claims as change
        on seats.source_table_id = change.source_table_id and seats.list_id = change.list_id
    where
        seats.measure = 'seats'
        and earlier.measure = 'seats_last_election'
        and change.measure = 'seat_change'
        and seats.value is not null
        and earlier.value is not null
        and change.value is not null
)

select
    compared.id,
    iif(compared.earlier_seats + compared.change = compared.value, 'holds', 'fails') as status,
    compared.election_id,
    compared.governorate_id,
    compared.list_id,
    compared.source_id,
    figure_names.name || ': change printed without its sign' as subject,
    compared.value - compared.earlier_seats as expected,
    compared.change as found,
    compared.change - (compared.value - compared.earlier_seats) as difference,
    json_array(compared.earlier_id, compared.id, compared.change_id) as claim_ids,
    null as decision_id
from compared
inner join figure_names on compared.figure_id = figure_names.figure_id
where compared.place = 1;
