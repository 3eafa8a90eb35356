-- Every adopted figure is that of its claim or its decision.
with written as (
    select
        id,
        votes as value,
        votes_claim_id as claim_id,
        votes_decision_id as decision_id
    from results
    union all
    select
        id,
        -- None, by arithmetic: there is no claim.
        iif(seats_basis = 'arithmetic' and seats_decision_id is null, null, seats),
        seats_claim_id,
        seats_decision_id
    from results
    union all
    select
        id,
        votes,
        votes_claim_id,
        votes_decision_id
    from national_totals
    union all
    select
        id,
        seats,
        seats_claim_id,
        seats_decision_id
    from national_totals
    union all
    select
        id,
        votes,
        votes_claim_id,
        votes_decision_id
    from place_totals
    union all
    select
        id,
        other_votes,
        other_votes_claim_id,
        other_votes_decision_id
    from place_totals
    union all
    select
        id,
        seats,
        seats_claim_id,
        seats_decision_id
    from place_totals
    union all
    select
        id,
        registered_voters,
        registered_voters_claim_id,
        registered_voters_decision_id
    from turnout
    union all
    select
        id,
        ballots_cast,
        ballots_cast_claim_id,
        ballots_cast_decision_id
    from turnout
    union all
    select
        id,
        turnout_as_printed,
        turnout_claim_id,
        turnout_decision_id
    from turnout
    union all
    select
        id,
        registered_voters,
        registered_voters_claim_id,
        registered_voters_decision_id
    from national_turnout
    union all
    select
        id,
        ballots_cast,
        ballots_cast_claim_id,
        ballots_cast_decision_id
    from national_turnout
    union all
    select
        id,
        turnout_as_printed,
        turnout_claim_id,
        turnout_decision_id
    from national_turnout
)

select
    written.id,
    'fails' as status,
    written.id as subject,
    coalesce(decisions.adopted_value, claims.value) as expected,
    written.value as found
from written
left join claims on written.claim_id = claims.id
left join decisions on written.decision_id = decisions.id
where written.value is not coalesce(decisions.adopted_value, claims.value);
