-- Turnout in 2013 and in 2023 where both are known for the same vote: recomputed from the counts where they are
-- printed, otherwise as printed. Baghdad's two divisions stand apart where only their shares are printed.
create view turnout_change as
with known as (
    select
        turnout.election_id,
        turnout.governorate_id,
        turnout.reporting_unit_id,
        turnout.vote,
        coalesce(100.0 * turnout.ballots_cast / turnout.registered_voters, turnout.turnout_as_printed) as turnout
    from turnout
    where
        (turnout.registered_voters is not null and turnout.ballots_cast is not null)
        or turnout.turnout_as_printed is not null
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
