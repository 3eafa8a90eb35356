-- Turnout in two elections, where it is known for the same place and the same vote.
-- earlier: an id of the table elections.
-- later: an id of the table elections.
select
    turnout_change.governorate_id,
    turnout_change.reporting_unit_id,
    turnout_change.place,
    coalesce(reporting_units.name_ar, electorates.electorate_ar) as place_ar,
    turnout_change.vote,
    round(turnout_change.earlier_turnout, 2) as earlier_turnout,
    round(turnout_change.later_turnout, 2) as later_turnout,
    round(turnout_change.change, 2) as change,
    turnout_change.earlier_turnout_basis,
    turnout_change.later_turnout_basis,
    turnout_change.earlier_denominator,
    turnout_change.later_denominator,
    turnout_change.earlier_governorates,
    turnout_change.later_governorates
from turnout_change
inner join electorates on turnout_change.earlier_election_id = electorates.election_id
left join reporting_units on turnout_change.reporting_unit_id = reporting_units.id
where turnout_change.earlier_election_id = :earlier and turnout_change.later_election_id = :later
order by turnout_change.reporting_unit_id is not null, turnout_change.place, turnout_change.vote;
