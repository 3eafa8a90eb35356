-- The size of a council, what it rests on, and how far the votes for its general seats are known.
-- governorate: an id, such as kirkuk.
-- election: an id of the table elections.
select
    council_sizes.*,
    claims.source_id as seats_source_id,
    claims.figure_id as seats_figure_id,
    place_totals.votes as votes_total,
    place_totals.votes_claim_id as votes_total_claim_id,
    vote_claims.source_id as votes_total_source_id,
    vote_claims.figure_id as votes_total_figure_id,
    place_totals.other_votes,
    completeness.remainder,
    completeness.stages_mixed,
    coalesce(allocations.undecided, nullif(allocation_readiness.status, 'ready')) as not_recomputed
from council_sizes
left join completeness
    on
        council_sizes.election_id = completeness.election_id
        and council_sizes.governorate_id = completeness.governorate_id
        and completeness.seat_type = 'general'
left join allocation_readiness on completeness.contest_id = allocation_readiness.contest_id
left join allocations on completeness.contest_id = allocations.contest_id
left join claims on council_sizes.seats_claim_id = claims.id
left join place_totals
    on
        council_sizes.election_id = place_totals.election_id
        and council_sizes.governorate_id = place_totals.governorate_id
left join claims as vote_claims on place_totals.votes_claim_id = vote_claims.id
where council_sizes.governorate_id = :governorate and council_sizes.election_id = :election;
