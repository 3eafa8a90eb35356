-- A source that prints a list in each governorate and in all adds up.
-- A governorate that is printed as a whole and in its divisions counts once.
with summed as (
    select
        claims.source_table_id,
        claims.list_id,
        claims.measure,
        sum(claims.value) as value,
        json_group_array(claims.id) as claim_ids
    from claims
    inner join figures on claims.figure_id = figures.id
    where
        claims.governorate_id is not null
        and claims.list_id is not null
        and claims.measure in ('votes', 'seats')
        and not (
            figures.reporting_unit_id is not null
            and exists (
                select 1 from claims as whole
                inner join figures as whole_figures on whole.figure_id = whole_figures.id
                where
                    claims.source_table_id = whole.source_table_id
                    and claims.list_id = whole.list_id
                    and claims.measure = whole.measure
                    and claims.governorate_id = whole.governorate_id
                    and whole_figures.reporting_unit_id is null
            )
        )
    group by claims.source_table_id, claims.list_id, claims.measure
)

select
    claims.id,
    iif(claims.value = summed.value, 'holds', 'fails') as status,
    claims.election_id,
    null as governorate_id,
    claims.list_id,
    claims.source_id,
    figure_names.name || ': ' || measures.title as subject,
    summed.value as expected,
    claims.value as found,
    claims.value - summed.value as difference,
    json_insert(summed.claim_ids, '$[#]', claims.id) as claim_ids,
    null as decision_id
from claims
inner join summed
    on
        claims.source_table_id = summed.source_table_id
        and claims.list_id = summed.list_id
        and claims.measure = summed.measure
inner join figure_names on claims.figure_id = figure_names.figure_id
inner join measures on claims.measure = measures.id
where claims.governorate_id is null and claims.value is not null;
