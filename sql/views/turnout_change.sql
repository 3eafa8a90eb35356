-- Turnout in an earlier and in a later election, for any two, where both are known for the same place and the same
-- vote: recomputed from the counts where they are printed, otherwise as printed. A vote that the source does not name
-- is compared with nothing. Baghdad's two divisions stand apart where only their shares are printed. The whole country
-- is the governorates that voted, which can differ from election to election: governorates says how many did.
create view turnout_change as
with held as (
    select
        election_id,
        count(distinct governorate_id) as governorates
    from contests
    group by election_id
),

reported as (
    select
        election_id,
        governorate_id,
        reporting_unit_id,
        vote,
        registered_voters,
        ballots_cast,
        turnout_as_printed,
        denominator
    from turnout
    union all
    select
        election_id,
        null,
        reporting_unit_id,
        vote,
        registered_voters,
        ballots_cast,
        turnout_as_printed,
        denominator
    from national_turnout
),

known as (
    select
        reported.election_id,
        elections.polling_date,
        reported.governorate_id,
        reported.reporting_unit_id,
        reported.vote,
        coalesce(100.0 * reported.ballots_cast / reported.registered_voters, reported.turnout_as_printed) as turnout,
        iif(reported.ballots_cast / reported.registered_voters is null, 'printed', 'recomputed') as turnout_basis,
        iif(
            reported.ballots_cast / reported.registered_voters is null, reported.denominator, 'registered_voters'
        ) as denominator,
        iif(reported.reporting_unit_id is null, held.governorates, null) as governorates
    from reported
    inner join elections on reported.election_id = elections.id
    left join held on reported.election_id = held.election_id
    where
        reported.vote <> 'unstated'
        and (
            (reported.registered_voters is not null and reported.ballots_cast is not null)
            or reported.turnout_as_printed is not null
        )
)

select
    earlier.election_id as earlier_election_id,
    later.election_id as later_election_id,
    earlier.governorate_id,
    earlier.reporting_unit_id,
    earlier.vote,
    coalesce(reporting_units.name, earlier_electorates.electorate) as place,
    earlier.turnout as earlier_turnout,
    later.turnout as later_turnout,
    later.turnout - earlier.turnout as change,
    earlier.turnout_basis as earlier_turnout_basis,
    later.turnout_basis as later_turnout_basis,
    earlier.denominator as earlier_denominator,
    later.denominator as later_denominator,
    earlier.governorates as earlier_governorates,
    later.governorates as later_governorates
from known as earlier
inner join known as later
    on
        (earlier.polling_date, earlier.election_id) < (later.polling_date, later.election_id)
        and earlier.vote = later.vote
        and coalesce(earlier.reporting_unit_id, '') = coalesce(later.reporting_unit_id, '')
-- The whole of two elections is the same place only where their electorates are the same.
inner join electorates as earlier_electorates on earlier.election_id = earlier_electorates.election_id
inner join electorates as later_electorates
    on
        later.election_id = later_electorates.election_id
        and (
            earlier.reporting_unit_id is not null
            or earlier_electorates.reporting_unit_id is later_electorates.reporting_unit_id
        )
left join reporting_units on earlier.reporting_unit_id = reporting_units.id;
