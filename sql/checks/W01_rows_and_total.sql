-- The rows of a printed table add up to its total.
select
    printed_totals.total_claim_id as id,
    case
        when printed_totals.total is null then 'not_checkable'
        when printed_totals.sum_of_rows > printed_totals.total then 'fails'
        when printed_totals.sum_of_rows = printed_totals.total then 'holds'
        when printed_totals.rows_without_figure > 0 then 'not_checkable'
        else 'fails'
    end as status,
    printed_totals.election_id,
    printed_totals.governorate_id,
    null as list_id,
    printed_totals.source_id,
    figure_names.name || ': ' || measures.title as subject,
    printed_totals.total as expected,
    printed_totals.sum_of_rows as found,
    printed_totals.sum_of_rows - printed_totals.total as difference,
    json_insert(printed_totals.row_claim_ids, '$[#]', printed_totals.total_claim_id) as claim_ids,
    (
        select min(decisions.id)
        from json_each(printed_totals.row_claim_ids) as row_claims
        inner join claims on row_claims.value = claims.id
        inner join decisions on claims.figure_id = decisions.figure_id
        inner join decision_evidence
            on
                decisions.id = decision_evidence.decision_id
                and decision_evidence.claim_id = printed_totals.total_claim_id
    ) as decision_id
from printed_totals
inner join figure_names on printed_totals.figure_id = figure_names.figure_id
inner join measures on printed_totals.measure = measures.id;
