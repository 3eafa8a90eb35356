-- The lists that won seats in an election, the most seats first; by name where general seats are not known.
-- election: an id of the table elections.
select
    seat_totals.list_id,
    seat_totals.candidate_id,
    seat_totals.list,
    coalesce(seat_totals.list_ar, seat_totals.list) as list_ar,
    seat_totals.list_ar is not null as has_arabic_name,
    coalesce(list_colours.colour, '#D8D8D8') as colour,
    seat_totals.seats,
    seat_totals.general_seats,
    seat_totals.component_seats,
    seat_totals.seats_unfilled,
    seat_totals.governorates_won,
    seat_totals.votes,
    seat_totals.votes_basis,
    seat_totals.governorates_summed,
    seat_totals.votes_claim_id
from seat_totals
left join list_colours on seat_totals.list_id = list_colours.list_id
where seat_totals.election_id = :election and seat_totals.seats > 0
order by
    (
        select
            iif(
                completeness_of_elections.general_contests_filled = completeness_of_elections.general_contests,
                seat_totals.seats,
                0
            )
        from completeness_of_elections
        where completeness_of_elections.election_id = seat_totals.election_id
    ) desc,
    seat_totals.votes desc,
    seat_totals.list;
