-- The seats set aside for components, a row for each winner: who won, how many of the seats, who had most of the votes.
-- election: an id of the table elections; empty for all.
-- governorate: an id, such as kirkuk; empty for all.
select
    component_seats.contest_id,
    component_seats.election_id,
    component_seats.governorate_id,
    component_seats.governorate,
    governorates.name_ar as governorate_ar,
    component_seats.seat_type,
    component_seats.component,
    seat_types.title_ar as component_ar,
    component_seats.seats,
    component_seats.seats_unfilled,
    component_seats.candidates,
    component_seats.winner_list_id,
    component_seats.winner,
    coalesce(
        candidates.name_ar || coalesce('، ' || lists.name_ar, ''), lists.name_ar, component_seats.winner
    ) as winner_ar,
    component_seats.winner_seats,
    component_seats.winner_votes,
    component_seats.winner_claim_id,
    claims.source_id as winner_source_id,
    sources.publisher as winner_publisher,
    component_seats.most_votes,
    component_seats.most_votes_votes,
    component_seats.unseated,
    component_seats.unseated_votes,
    component_seats.sources,
    component_seats.accounts
from component_seats
inner join governorates on component_seats.governorate_id = governorates.id
inner join seat_types on component_seats.seat_type = seat_types.id
left join lists on component_seats.winner_list_id = lists.id
left join candidates on component_seats.winner_candidate_id = candidates.id
left join claims on component_seats.winner_claim_id = claims.id
left join sources on claims.source_id = sources.id
where
    :election in ('', component_seats.election_id)
    and :governorate in ('', component_seats.governorate_id)
order by
    (select elections.polling_date from elections where elections.id = component_seats.election_id) desc,
    component_seats.governorate,
    component_seats.seat_type,
    component_seats.contest_id,
    component_seats.winner_seats desc,
    component_seats.winner_votes desc,
    component_seats.winner;
