-- Each column of a printed table that ends in a total: the total, the sum of the rows above it, and how many of these
-- rows print nothing. The rows of a table of turnout are places, those of any other are names in the place of the
-- total. A dash in a column of seats hides no seat.
-- Kept as rows when the database is built (build_db.keep_rows).
create view printed_totals as
with cells as (
    select
        claims.*,
        figures.reporting_unit_id,
        source_tables.kind = 'turnout' as rows_are_places,
        figures.subject = 'candidate' and figures.contest_id is null as is_personal,
        figures.subject = 'place'
        and claims.name_as_printed is not null
        and (
            source_tables.kind <> 'turnout'
            or (figures.governorate_id is null and figures.reporting_unit_id is null)
        ) as is_total
    from claims
    inner join figures on claims.figure_id = figures.id
    inner join source_tables on claims.source_table_id = source_tables.id
    where claims.measure in ('votes', 'seats', 'registered_voters', 'ballots_cast')
)

select
    total.source_id,
    total.source_table_id,
    total.election_id,
    total.governorate_id,
    total.measure,
    total.id as total_claim_id,
    total.figure_id,
    total.value as total,
    sum(cells.value) as sum_of_rows,
    count(*) filter (where cells.value is null and cells.value_as_printed <> '-') as rows_without_figure,
    json_group_array(cells.id) as row_claim_ids
from cells as total
inner join cells
    on
        total.source_table_id = cells.source_table_id
        and total.measure = cells.measure
        and not cells.is_total
        -- The votes of a list's candidates are in the list's already.
        and not cells.is_personal
        and (
            total.rows_are_places
            or (total.governorate_id is cells.governorate_id and total.reporting_unit_id is cells.reporting_unit_id)
        )
where total.is_total
group by total.id;
