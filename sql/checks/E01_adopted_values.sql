-- Every adopted figure is that of its claim or its decision.
select
    results.id,
    'fails' as status,
    results.id as subject,
    coalesce(votes_decisions.adopted_value, votes_claims.value) as expected,
    results.votes as found
from results
left join claims as votes_claims on results.votes_claim_id = votes_claims.id
left join decisions as votes_decisions on results.votes_decision_id = votes_decisions.id
where results.votes is not coalesce(votes_decisions.adopted_value, votes_claims.value)
union all
select
    results.id,
    'fails',
    results.id,
    coalesce(seats_decisions.adopted_value, seats_claims.value),
    results.seats
from results
left join claims as seats_claims on results.seats_claim_id = seats_claims.id
left join decisions as seats_decisions on results.seats_decision_id = seats_decisions.id
where results.seats is not coalesce(seats_decisions.adopted_value, seats_claims.value);
