-- The value of each figure with what it rests on; null where no source prints one.
create view adopted as
select
    figures.id as figure_id,
    figures.adopted_claim_id as claim_id,
    figures.decision_id,
    coalesce(decisions.adopted_value, claims.value) as value
from figures
left join claims on figures.adopted_claim_id = claims.id
left join decisions on figures.decision_id = decisions.id;
