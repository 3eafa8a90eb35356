-- Who won what in each governorate. Shares are of the votes that are adopted as the governorate's total, component
-- seats included, and of all seats of its council (vote_share_of, seat_share_of). Votes that are added up from a
-- part of the stations are no share of the total.
create view seats_by_governorate as
with council as (
    select
        election_id,
        governorate_id,
        sum(seats) as seats
    from contests
    group by election_id, governorate_id
)

select
    contests.election_id,
    contests.governorate_id,
    results.list_id,
    results.candidate_id,
    results.contest_id,
    contests.seat_type,
    governorates.name as governorate,
    coalesce(lists.name, candidates.name) as list,
    candidates.name as candidate,
    results.votes,
    iif(votes_claims.stations is votes_claims.stations_of, 100.0 * results.votes / place_totals.votes, null)
        as vote_share,
    place_totals.votes as vote_share_of,
    results.seats,
    results.seats_basis,
    100.0 * results.seats / council.seats as seat_share,
    council.seats as seat_share_of,
    votes_claims.source_id as votes_source_id,
    votes_claims.stage as votes_stage,
    results.votes_claim_id,
    results.votes_decision_id,
    seats_claims.source_id as seats_source_id,
    seats_claims.stage as seats_stage,
    results.seats_claim_id,
    results.seats_decision_id,
    votes_claims.stations as votes_stations,
    votes_claims.stations_of as votes_stations_of
from results
inner join contests on results.contest_id = contests.id
inner join governorates on contests.governorate_id = governorates.id
inner join council
    on contests.election_id = council.election_id and contests.governorate_id = council.governorate_id
left join place_totals
    on contests.election_id = place_totals.election_id and contests.governorate_id = place_totals.governorate_id
left join lists on results.list_id = lists.id
left join candidates on results.candidate_id = candidates.id
left join claims as votes_claims on results.votes_claim_id = votes_claims.id
left join claims as seats_claims on results.seats_claim_id = seats_claims.id;
