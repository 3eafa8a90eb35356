-- What a list won, governorate by governorate; each figure with its source.
-- list: an id of the table lists.
select
    won.governorate_id,
    won.governorate,
    governorates.name_ar as governorate_ar,
    won.election_id,
    won.seat_type,
    seat_types.title as seat_type_title,
    seat_types.title_ar as seat_type_title_ar,
    won.candidate,
    coalesce(candidates.name_ar, won.candidate) as candidate_ar,
    won.votes,
    round(won.vote_share, 2) as vote_share,
    won.vote_share_of,
    won.seats,
    won.seats_basis,
    won.votes_stage,
    won.votes_stations,
    won.votes_stations_of,
    won.votes_source_id,
    votes_sources.publisher as votes_publisher,
    won.votes_claim_id,
    won.votes_decision_id,
    coalesce(votes_claims.figure_id, votes_decisions.figure_id) as votes_figure_id,
    won.seats_stage,
    won.seats_source_id,
    seats_sources.publisher as seats_publisher,
    won.seats_claim_id,
    won.seats_decision_id,
    coalesce(seats_claims.figure_id, seats_decisions.figure_id) as seats_figure_id
from seats_by_governorate as won
inner join governorates on won.governorate_id = governorates.id
inner join seat_types on won.seat_type = seat_types.id
left join candidates on won.candidate_id = candidates.id
left join sources as votes_sources on won.votes_source_id = votes_sources.id
left join sources as seats_sources on won.seats_source_id = seats_sources.id
left join claims as votes_claims on won.votes_claim_id = votes_claims.id
left join claims as seats_claims on won.seats_claim_id = seats_claims.id
left join decisions as votes_decisions on won.votes_decision_id = votes_decisions.id
left join decisions as seats_decisions on won.seats_decision_id = seats_decisions.id
where won.list_id = :list
order by won.seats desc, won.votes desc, won.governorate;
