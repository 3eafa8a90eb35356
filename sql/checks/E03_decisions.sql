-- Every decision adopts a claim about the figure that it decides, and rests on evidence.
select
    decisions.id,
    'fails' as status,
    'decisions.csv, ' || decisions.id as subject,
    decisions.figure_id as expected,
    case
        when decisions.adopted_claim_id is null or claims.figure_id is decisions.figure_id then 'no evidence'
        else coalesce(claims.figure_id, decisions.adopted_claim_id || ', which states no figure')
    end as found
from decisions
left join claims on decisions.adopted_claim_id = claims.id
where
    (decisions.adopted_claim_id is not null and claims.figure_id is not decisions.figure_id)
    or decisions.id not in (select decision_evidence.decision_id from decision_evidence);
