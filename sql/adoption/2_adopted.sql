-- The value of each figure with what it rests on; null where no source prints one, or a decision picks the claim of
-- another figure (then E03 stops the build).
create view adopted as
select
    figures.id as figure_id,
    claims.id as claim_id,
    figures.decision_id,
    coalesce(decisions.adopted_value, claims.value) as value
from figures
left join claims on figures.adopted_claim_id = claims.id and figures.id = claims.figure_id
left join decisions on figures.decision_id = decisions.id;
