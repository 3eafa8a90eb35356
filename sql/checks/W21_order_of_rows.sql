-- A table that goes from most to least has no row out of order.
with steps as (
    select
        claims.*,
        lag(claims.value) over (
            partition by claims.source_table_id, claims.measure order by claims.row_number
        ) as value_above,
        lag(claims.id) over (
            partition by claims.source_table_id, claims.measure order by claims.row_number
        ) as claim_above
    from claims
    inner join figures on claims.figure_id = figures.id
    inner join source_tables on claims.source_table_id = source_tables.id
    where
        claims.measure in ('votes', 'seats')
        and claims.value is not null
        and source_tables.kind = 'results'
        and figures.subject in ('list', 'candidate', 'party')
),

sorted as (
    select
        source_table_id,
        measure
    from steps
    where value_above is not null
    group by source_table_id, measure
    -- Mostly in order, so that a rise is a slip and not another way to sort.
    having sum(value > value_above) * 5 <= count(*)
)

select
    steps.id,
    'fails' as status,
    steps.election_id,
    steps.governorate_id,
    steps.list_id,
    steps.source_id,
    figure_names.name || ': ' || measures.title || ' above those of the row before' as subject,
    steps.value_above as expected,
    steps.value as found,
    steps.value - steps.value_above as difference,
    json_array(steps.claim_above, steps.id) as claim_ids,
    null as decision_id
from steps
inner join sorted on steps.source_table_id = sorted.source_table_id and steps.measure = sorted.measure
inner join figure_names on steps.figure_id = figure_names.figure_id
inner join measures on steps.measure = measures.id
where steps.value > steps.value_above;
