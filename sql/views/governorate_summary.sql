-- Every governorate in every election: its council, the strongest list or lists, and its turnout, where it voted.
-- Where seats whose winners are not known could change who is strongest, nobody is. The turnout is that of the general
-- vote or, where that is not known, of a vote that the source does not name, recomputed or else as printed.
-- turnout_mapped is that of the general vote, and only where it is known for more than half of the governorates that
-- voted: a map of fewer would look like one of the country.
-- Kept as rows when the database is built (build_db.keep_rows).
create view governorate_summary as
with known_turnout as (
    select
        election_id,
        governorate_id,
        coalesce(max(turnout), max(turnout_as_printed)) as turnout,
        vote,
        iif(max(turnout) is not null, 'recomputed', 'printed') as turnout_basis,
        row_number() over (partition by election_id, governorate_id order by vote <> 'general') as place
    from turnout_by_governorate
    where vote in ('general', 'unstated') and coalesce(turnout, turnout_as_printed) is not null
    group by election_id, governorate_id, vote
),

summed_up as (
    select
        elections.id as election_id,
        governorates.id as governorate_id,
        governorates.name as governorate,
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
    from elections
    cross join governorates
    left join council_sizes
        on elections.id = council_sizes.election_id and governorates.id = council_sizes.governorate_id
    left join strongest_lists
        on elections.id = strongest_lists.election_id and governorates.id = strongest_lists.governorate_id
    left join known_turnout
        on
            elections.id = known_turnout.election_id
            and governorates.id = known_turnout.governorate_id
            and known_turnout.place = 1
)

select
    *,
    iif(
        turnout_vote = 'general'
        and 2 * count(*) filter (where turnout_vote = 'general') over (partition by election_id)
        > sum(voted) over (partition by election_id),
        turnout,
        null
    ) as turnout_mapped
from summed_up;
