-- Every decision adopts a claim about the figure that it decides, and rests on evidence.
select
    decisions.id,
    'fails' as status,
    decisions.id as subject,
    decisions.figure_id as expected,
    coalesce(claims.figure_id, 'no evidence') as found
from decisions
left join claims on decisions.adopted_claim_id = claims.id
where
    claims.figure_id <> decisions.figure_id
    or decisions.id not in (select decision_evidence.decision_id from decision_evidence);
