-- A list: its names, its party, its seats and votes in all.
-- list: an id of the table lists.
select
    lists.id,
    lists.election_id,
    lists.name,
    coalesce(lists.name_ar, lists.name) as name_ar,
    lists.name_ar_basis,
    lists.party_id,
    parties.name as party,
    coalesce(parties.name_ar, parties.name) as party_ar,
    coalesce(list_colours.colour, '#D8D8D8') as colour,
    seat_totals.seats,
    seat_totals.general_seats,
    seat_totals.component_seats,
    seat_totals.seats_unfilled,
    seat_totals.governorates_won,
    seat_totals.governorates_stood,
    seat_totals.votes,
    seat_totals.votes_basis,
    seat_totals.governorates_summed,
    seat_totals.votes_claim_id,
    votes_claims.source_id as votes_source_id,
    coalesce(votes_claims.figure_id, votes_decisions.figure_id) as votes_figure_id,
    seat_totals.votes_decision_id,
    seat_totals.seats_printed,
    seat_totals.seats_printed_claim_id,
    seats_claims.source_id as seats_source_id,
    seats_claims.figure_id as seats_figure_id
from lists
left join parties on lists.party_id = parties.id
left join list_colours on lists.id = list_colours.list_id
left join seat_totals on lists.id = seat_totals.list_id and lists.election_id = seat_totals.election_id
left join claims as votes_claims on seat_totals.votes_claim_id = votes_claims.id
left join decisions as votes_decisions on seat_totals.votes_decision_id = votes_decisions.id
left join claims as seats_claims on seat_totals.seats_printed_claim_id = seats_claims.id
where lists.id = :list;
