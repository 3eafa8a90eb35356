-- A council seat by seat: a row a seat, with the key of the list that holds it as in governorate_results.
-- A seat whose winner no source names has no list.
-- governorate: an id, such as kirkuk.
-- election: an id of the table elections.
with recursive won as (
    select
        row_number() over (
            order by seat_type <> 'general', seat_type, seats desc, votes is null, votes desc, list
        ) as key,
        list_id,
        list,
        seat_type,
        seats
    from seats_by_governorate
    where governorate_id = :governorate and election_id = :election and seats > 0
),

held as (
    select
        key,
        list_id,
        list,
        seat_type,
        seats
    from won
    union all
    select
        null as key,
        null as list_id,
        null as list,
        contests.seat_type,
        contests.seats - coalesce(sum(won.seats), 0) as seats
    from contests
    left join won on contests.seat_type = won.seat_type
    where contests.governorate_id = :governorate and contests.election_id = :election
    group by contests.id
    having contests.seats > coalesce(sum(won.seats), 0)
),

numbered as (
    select
        key,
        list_id,
        list,
        seat_type,
        seats,
        1 as number
    from held
    union all
    select
        key,
        list_id,
        list,
        seat_type,
        seats,
        number + 1 as number
    from numbered
    where number < seats
)

select
    row_number() over (order by numbered.key is null, numbered.key, numbered.number) as seat,
    numbered.key,
    numbered.list_id,
    numbered.list,
    coalesce(lists.name_ar, numbered.list) as list_ar,
    coalesce(list_colours.colour, '#D8D8D8') as colour,
    numbered.seat_type <> 'general' as is_component,
    seat_types.title as seat_type,
    seat_types.title_ar as seat_type_ar
from numbered
inner join seat_types on numbered.seat_type = seat_types.id
left join lists on numbered.list_id = lists.id
left join list_colours on numbered.list_id = list_colours.list_id
order by seat;
