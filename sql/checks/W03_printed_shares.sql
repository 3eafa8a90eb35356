-- A printed share is that of its own row and total, within the rounding of its last digit.
with shares as (
    select
        share.*,
        part.id as part_id,
        part.value as part_value,
        whole.id as whole_id,
        whole.value as whole_value,
        part.figure_id as part_figure_id,
        whole.figure_id as whole_figure_id
    from claims as share
    inner join claims as part
        on share.source_table_id = part.source_table_id and share.row_number = part.row_number
    inner join claims as whole
        on share.source_id = whole.source_id and share.election_id = whole.election_id
    inner join figures as whole_figures on whole.figure_id = whole_figures.id
    where
        share.value is not null
        and (
            (
                share.measure = 'vote_share'
                and part.measure = 'votes'
                and whole.measure = 'votes'
                and whole_figures.subject = 'place'
                and share.governorate_id is whole.governorate_id
            )
            or (
                share.measure = 'turnout'
                and part.measure = 'ballots_cast'
                and whole.measure = 'registered_voters'
                and share.source_table_id = whole.source_table_id
                and share.row_number = whole.row_number
            )
        )
),

scaled as (
    select
        *,
        cast(round(value * pow(10, decimals)) as integer) as share_digits,
        cast(pow(10, decimals) as integer) as scale
    from shares
)

select
    scaled.id,
    case
        when scaled.part_value is null or scaled.whole_value is null then 'not_checkable'
        when
            2 * abs(scaled.share_digits * scaled.whole_value - 100 * scaled.scale * scaled.part_value)
            <= scaled.whole_value
            then 'holds'
        else 'fails'
    end as status,
    scaled.election_id,
    scaled.governorate_id,
    scaled.list_id,
    scaled.source_id,
    figure_names.name || ': ' || measures.title as subject,
    100.0 * scaled.part_value / scaled.whole_value as expected,
    scaled.value as found,
    scaled.value - 100.0 * scaled.part_value / scaled.whole_value as difference,
    json_array(scaled.id, scaled.part_id, scaled.whole_id) as claim_ids,
    (
        select min(decisions.id) from decisions
        inner join decision_evidence on decisions.id = decision_evidence.decision_id
        where
            decisions.figure_id in (scaled.part_figure_id, scaled.whole_figure_id)
            and decision_evidence.claim_id = scaled.id
    ) as decision_id
from scaled
inner join figure_names on scaled.figure_id = figure_names.figure_id
inner join measures on scaled.measure = measures.id;
