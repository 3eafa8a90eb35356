-- Who won what in a governorate, the seats first; each figure with its source. The key numbers those with seats.
-- governorate: an id, such as kirkuk.
-- election: an id of the table elections.
with placed as (
    select
        *,
        row_number() over (
            order by
                coalesce(seats, 0) = 0, seat_type <> 'general', seat_type, seats desc, votes is null, votes desc, list
        ) as place
    from seats_by_governorate
    where governorate_id = :governorate and election_id = :election
)

select
    iif(placed.seats > 0, placed.place, null) as key,
    placed.list_id,
    placed.candidate_id,
    placed.list,
    coalesce(lists.name_ar, candidates.name_ar, placed.list) as list_ar,
    placed.candidate,
    coalesce(candidates.name_ar, placed.candidate) as candidate_ar,
    coalesce(list_colours.colour, '#D8D8D8') as colour,
    placed.seat_type,
    seat_types.title as seat_type_title,
    seat_types.title_ar as seat_type_title_ar,
    placed.votes,
    -- A chart of some lists would look as if the others had no votes.
    iif(
        placed.seat_type = 'general' and completeness.names_with_votes = completeness.names, placed.votes, null
    ) as votes_charted,
    completeness.names,
    completeness.names_with_votes,
    round(placed.vote_share, 2) as vote_share,
    placed.vote_share_of,
    placed.seats,
    placed.seats_basis,
    placed.votes_stage,
    placed.votes_stations,
    placed.votes_stations_of,
    placed.votes_source_id,
    votes_sources.publisher as votes_publisher,
    votes_sources.published_on as votes_published_on,
    placed.votes_claim_id,
    placed.votes_decision_id,
    coalesce(votes_claims.figure_id, votes_decisions.figure_id) as votes_figure_id,
    placed.seats_stage,
    placed.seats_source_id,
    seats_sources.publisher as seats_publisher,
    seats_sources.published_on as seats_published_on,
    placed.seats_claim_id,
    placed.seats_decision_id,
    coalesce(seats_claims.figure_id, seats_decisions.figure_id) as seats_figure_id
from placed
inner join completeness on placed.contest_id = completeness.contest_id
inner join seat_types on placed.seat_type = seat_types.id
left join lists on placed.list_id = lists.id
left join candidates on placed.candidate_id = candidates.id
left join list_colours on placed.list_id = list_colours.list_id
left join sources as votes_sources on placed.votes_source_id = votes_sources.id
left join sources as seats_sources on placed.seats_source_id = seats_sources.id
left join claims as votes_claims on placed.votes_claim_id = votes_claims.id
left join claims as seats_claims on placed.seats_claim_id = seats_claims.id
left join decisions as votes_decisions on placed.votes_decision_id = votes_decisions.id
left join decisions as seats_decisions on placed.seats_decision_id = seats_decisions.id
order by placed.place;
