-- The size of a council, and what it rests on.
-- governorate: an id, such as kirkuk.
-- election: 2013 or 2023.
select
    council_sizes.*,
    claims.source_id as seats_source_id,
    claims.figure_id as seats_figure_id,
    place_totals.votes as votes_total,
    place_totals.votes_claim_id as votes_total_claim_id,
    vote_claims.source_id as votes_total_source_id,
    vote_claims.figure_id as votes_total_figure_id,
    place_totals.other_votes
from council_sizes
left join claims on council_sizes.seats_claim_id = claims.id
left join place_totals
    on
        council_sizes.election_id = place_totals.election_id
        and council_sizes.governorate_id = place_totals.governorate_id
left join claims as vote_claims on place_totals.votes_claim_id = vote_claims.id
where council_sizes.governorate_id = :governorate and council_sizes.election_id = :election;
