-- Every list, those with most seats first; by name where general seats of the election are not known.
-- election: an id of the table elections; empty for all.
select
    lists.id as list_id,
    lists.election_id,
    lists.name as list,
    coalesce(lists.name_ar, lists.name) as list_ar,
    lists.party_id,
    parties.name as party,
    coalesce(parties.name_ar, parties.name) as party_ar,
    coalesce(list_colours.colour, '#D8D8D8') as colour,
    seat_totals.seats,
    seat_totals.seats_unfilled,
    seat_totals.seats_printed,
    seat_totals.governorates_won,
    seat_totals.governorates_stood,
    seat_totals.votes,
    seat_totals.votes_basis,
    seat_totals.governorates_summed
from lists
left join seat_totals on lists.id = seat_totals.list_id and lists.election_id = seat_totals.election_id
left join parties on lists.party_id = parties.id
left join list_colours on lists.id = list_colours.list_id
where :election in ('', lists.election_id)
order by
    (select elections.polling_date from elections where elections.id = lists.election_id) desc,
    (
        select
            iif(
                completeness_of_elections.general_contests_filled = completeness_of_elections.general_contests,
                coalesce(seat_totals.seats, 0),
                0
            )
        from completeness_of_elections
        where completeness_of_elections.election_id = lists.election_id
    ) desc,
    seat_totals.votes desc,
    lists.name;
