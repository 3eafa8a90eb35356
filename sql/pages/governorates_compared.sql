-- Every governorate: its council, the strongest list or lists, and the turnout of the general vote, where it voted.
-- Where seats whose winners are not known could change who is strongest, nobody is. A turnout whose vote the source
-- does not name is given as such. turnout_mapped is that of the general vote, and only where it is known for more than
-- half of the governorates that voted: a map of fewer would look like one of the country.
-- election: an id of the table elections.
with known_turnout as (
    select
        governorate_id,
        coalesce(max(turnout), max(turnout_as_printed)) as turnout,
        vote,
        iif(max(turnout) is not null, 'recomputed', 'printed') as turnout_basis,
        row_number() over (partition by governorate_id order by vote <> 'general') as place
    from turnout_by_governorate
    where
        election_id = :election
        and vote in ('general', 'unstated')
        and coalesce(turnout, turnout_as_printed) is not null
    group by governorate_id, vote
),

compared as (
    select
        governorates.id as governorate_id,
        governorates.name as governorate,
        governorates.name_ar as governorate_ar,
        council_sizes.election_id is not null as voted,
        council_sizes.seats,
        council_sizes.component_seats,
        council_sizes.seats - coalesce(council_sizes.adopted_seats, 0) as seats_unfilled,
        strongest_lists.list_id,
        strongest_lists.list,
        strongest_lists.list_ar,
        strongest_lists.seats as strongest_seats,
        round(known_turnout.turnout, 2) as turnout,
        known_turnout.vote as turnout_vote,
        known_turnout.turnout_basis
    from governorates
    left join council_sizes
        on governorates.id = council_sizes.governorate_id and council_sizes.election_id = :election
    left join strongest_lists
        on governorates.id = strongest_lists.governorate_id and strongest_lists.election_id = :election
    left join known_turnout on governorates.id = known_turnout.governorate_id and known_turnout.place = 1
)

select
    *,
    iif(
        turnout_vote = 'general'
        and 2 * count(*) filter (where turnout_vote = 'general') over () > sum(voted) over (),
        turnout,
        null
    ) as turnout_mapped
from compared
order by governorate;
