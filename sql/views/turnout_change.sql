-- Turnout in 2013 and in 2023 where both are known for the same vote: recomputed from the counts where they are
-- printed, otherwise as printed. Baghdad's two divisions stand apart where only their shares are printed.
create view turnout_change as
with reported as (
    select
        election_id,
        governorate_id,
        reporting_unit_id,
        vote,
        registered_voters,
        ballots_cast,
        turnout_as_printed
    from turnout
    union all
    select
        election_id,
        null,
        reporting_unit_id,
        vote,
        registered_voters,
        ballots_cast,
        turnout_as_printed
    from national_turnout
),

known as (
    select
        reported.election_id,
        reported.governorate_id,
        reported.reporting_unit_id,
        reported.vote,
        coalesce(100.0 * reported.ballots_cast / reported.registered_voters, reported.turnout_as_printed) as turnout
    from reported
    where
        (reported.registered_voters is not null and reported.ballots_cast is not null)
        or reported.turnout_as_printed is not null
)

select
    earlier.governorate_id,
    earlier.reporting_unit_id,
    earlier.vote,
    coalesce(reporting_units.name, 'Iraq') as place,
    earlier.turnout as turnout_2013,
    later.turnout as turnout_2023,
    later.turnout - earlier.turnout as change
from known as earlier
inner join known as later
    on
        earlier.vote = later.vote
        and coalesce(earlier.reporting_unit_id, '') = coalesce(later.reporting_unit_id, '')
        and later.election_id = '2023'
left join reporting_units on earlier.reporting_unit_id = reporting_units.id
where earlier.election_id = '2013';
