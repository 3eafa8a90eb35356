-- A number of seats printed for a council, or for all of them, is the number to be filled.
with sizes as (
    select
        election_id,
        governorate_id,
        null as reporting_unit_id,
        sum(seats) as seats,
        sum(seats) filter (where seat_type = 'general') as general_seats,
        coalesce(sum(seats) filter (where seat_type <> 'general'), 0) as component_seats
    from contests
    group by election_id, governorate_id
    union all
    select
        election_id,
        null,
        null,
        sum(seats),
        sum(seats) filter (where seat_type = 'general'),
        coalesce(sum(seats) filter (where seat_type <> 'general'), 0)
    from contests
    group by election_id
    union all
    -- A group of governorates is those that voted on the election's main day.
    select
        contests.election_id,
        null,
        reporting_units.id,
        sum(contests.seats),
        sum(contests.seats) filter (where contests.seat_type = 'general'),
        coalesce(sum(contests.seats) filter (where contests.seat_type <> 'general'), 0)
    from contests
    inner join elections on contests.election_id = elections.id and contests.polling_date = elections.polling_date
    inner join reporting_units on reporting_units.kind = 'group'
    group by contests.election_id, reporting_units.id
),

compared as (
    select
        claims.*,
        case claims.measure
            when 'seats' then sizes.seats
            when 'general_seats' then sizes.general_seats
            else sizes.component_seats
        end as size
    from claims
    inner join figures on claims.figure_id = figures.id
    inner join sizes
        on
            claims.election_id = sizes.election_id
            and claims.governorate_id is sizes.governorate_id
            and figures.reporting_unit_id is sizes.reporting_unit_id
    where
        claims.measure in ('seats', 'general_seats', 'component_seats')
        and claims.value is not null
        and figures.subject = 'place'
)

select
    compared.id,
    iif(compared.value = compared.size, 'holds', 'fails') as status,
    compared.election_id,
    compared.governorate_id,
    null as list_id,
    compared.source_id,
    figure_names.name || ': ' || measures.title as subject,
    compared.size as expected,
    compared.value as found,
    compared.value - compared.size as difference,
    json_array(compared.id) as claim_ids,
    (select decisions.id from decisions where decisions.figure_id = compared.figure_id) as decision_id
from compared
inner join figure_names on compared.figure_id = figure_names.figure_id
inner join measures on compared.measure = measures.id;
