-- The lists that a party stood with alone, the latest first.
-- party: an id, such as state-of-law-coalition.
select
    lists.id as list_id,
    lists.election_id,
    lists.name as list,
    coalesce(lists.name_ar, lists.name) as list_ar,
    seat_totals.seats,
    seat_totals.seats_unfilled,
    seat_totals.votes,
    seat_totals.votes_basis,
    seat_totals.governorates_won
from lists
left join seat_totals on lists.id = seat_totals.list_id and lists.election_id = seat_totals.election_id
where lists.party_id = :party
order by
    (select elections.polling_date from elections where elections.id = lists.election_id) desc, seat_totals.seats desc;
