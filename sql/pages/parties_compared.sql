-- Parties in two elections: their seats in the councils where those of both elections are known, and how many these are
-- of the councils that it stood for in either and that voted in both.
-- earlier: an id of the table elections.
-- later: an id of the table elections.
select
    swing.mapping,
    swing.party_id,
    swing.party,
    coalesce(parties.name_ar, swing.party) as party_ar,
    max(swing.party_ids) as party_ids,
    count(swing.seats_change) as governorates_compared,
    count(*) as governorates_stood,
    sum(swing.earlier_seats) filter (where swing.seats_change is not null) as earlier_seats,
    sum(swing.later_seats) filter (where swing.seats_change is not null) as later_seats,
    sum(swing.seats_change) as seats_change
from swing
inner join parties on swing.party_id = parties.id
where
    swing.earlier_election_id = :earlier
    and swing.later_election_id = :later
    and 'no vote' not in (swing.earlier_status, swing.later_status)
group by swing.mapping, swing.party_id
order by swing.mapping desc, count(swing.seats_change) > 0 desc, sum(swing.later_seats) desc, swing.party;
