-- Every governorate: its council, the strongest list or lists, and the turnout of the general vote, where it voted.
-- election: 2013 or 2023.
with won as (
    select
        seats_by_governorate.governorate_id,
        seats_by_governorate.list_id,
        seats_by_governorate.list,
        coalesce(lists.name_ar, seats_by_governorate.list) as list_ar,
        seats_by_governorate.seats,
        rank() over (partition by seats_by_governorate.governorate_id order by seats_by_governorate.seats desc) as place
    from seats_by_governorate
    left join lists on seats_by_governorate.list_id = lists.id
    where seats_by_governorate.election_id = :election and seats_by_governorate.seats > 0
),

strongest as (
    select
        governorate_id,
        group_concat(list, ' / ') as list,
        group_concat(list_ar, ' / ') as list_ar,
        max(seats) as seats,
        iif(count(*) = 1, max(list_id), null) as list_id
    from won
    where place = 1
    group by governorate_id
),

-- The general vote where it is known; else a percentage whose vote the source does not name.
known_turnout as (
    select
        governorate_id,
        coalesce(
            max(turnout) filter (where vote = 'general'),
            max(turnout_as_printed) filter (where vote = 'general'),
            max(turnout_as_printed) filter (where vote = 'unstated')
        ) as turnout,
        case
            when max(turnout) filter (where vote = 'general') is not null then 'recomputed'
            when max(turnout_as_printed) filter (where vote in ('general', 'unstated')) is not null then 'printed'
        end as turnout_basis
    from turnout_by_governorate
    where election_id = :election
    group by governorate_id
)

select
    governorates.id as governorate_id,
    governorates.name as governorate,
    governorates.name_ar as governorate_ar,
    council_sizes.seats is not null as voted,
    council_sizes.seats,
    council_sizes.component_seats,
    strongest.list_id,
    strongest.list,
    strongest.list_ar,
    strongest.seats as strongest_seats,
    round(known_turnout.turnout, 2) as turnout,
    known_turnout.turnout_basis
from governorates
left join council_sizes
    on governorates.id = council_sizes.governorate_id and council_sizes.election_id = :election
left join strongest on governorates.id = strongest.governorate_id
left join known_turnout on governorates.id = known_turnout.governorate_id
order by governorates.name;
