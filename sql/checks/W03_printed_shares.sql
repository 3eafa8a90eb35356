-- A printed share is that of its own row and total, within the rounding of its last digit.
with scaled as (
    select
        *,
        cast(round(share * pow(10, decimals)) as integer) as share_digits,
        cast(pow(10, decimals) as integer) as scale
    from printed_shares
)

select
    scaled.share_claim_id as id,
    case
        when scaled.part is null or scaled.whole is null then 'not_checkable'
        when
            2 * abs(scaled.share_digits * scaled.whole - 100 * scaled.scale * scaled.part) <= scaled.whole
            then 'holds'
        else 'fails'
    end as status,
    scaled.election_id,
    scaled.governorate_id,
    scaled.list_id,
    scaled.source_id,
    figure_names.name || ': ' || measures.title as subject,
    100.0 * scaled.part / scaled.whole as expected,
    scaled.share as found,
    scaled.share - 100.0 * scaled.part / scaled.whole as difference,
    json_array(scaled.share_claim_id, scaled.part_claim_id, scaled.whole_claim_id) as claim_ids,
    (
        select min(decisions.id) from decisions
        inner join decision_evidence on decisions.id = decision_evidence.decision_id
        where
            decisions.figure_id in (scaled.part_figure_id, scaled.whole_figure_id)
            and decision_evidence.claim_id = scaled.share_claim_id
    ) as decision_id
from scaled
inner join figure_names on scaled.figure_id = figure_names.figure_id
inner join measures on scaled.measure = measures.id;
