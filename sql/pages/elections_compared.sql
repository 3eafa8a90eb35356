-- Two elections: their councils, their seats, and how far each is known.
-- earlier: an id of the table elections.
-- later: an id of the table elections.
select
    elections.id as election_id,
    elections.short_title as election,
    elections.short_title_ar as election_ar,
    elections.polling_date,
    known.governorates,
    known.governorates_entered,
    known.seats,
    known.seats_filled,
    known.seats_unfilled,
    known.general_contests,
    known.general_contests_with_all_votes
from elections
left join completeness_of_elections as known on elections.id = known.election_id
where elections.id in (:earlier, :later)
order by elections.polling_date, elections.id;
