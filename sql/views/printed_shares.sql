-- Each printed share with the part and the whole that it is of: the votes of its row and all votes that the same source
-- prints for the place, in the same table if it prints them more than once; or the ballots and the registered voters of
-- its row.
-- Kept as rows when the database is built (build_db.keep_rows).
create view printed_shares as
with totals as (
    select
        claims.*,
        figures.reporting_unit_id
    from claims
    inner join figures on claims.figure_id = figures.id
    where claims.measure = 'votes' and figures.subject = 'place'
),

shares as (
    select
        share.id as share_claim_id,
        part.id as part_claim_id,
        totals.id as whole_claim_id,
        row_number() over (
            partition by share.id
            order by totals.value is null, totals.source_table_id <> share.source_table_id, totals.position
        ) as place
    from claims as share
    inner join claims as part
        on share.source_table_id = part.source_table_id and share.row_number = part.row_number
    inner join figures on part.figure_id = figures.id
    inner join totals
        on
            share.source_id = totals.source_id
            and share.election_id = totals.election_id
            and share.governorate_id is totals.governorate_id
            and figures.reporting_unit_id is totals.reporting_unit_id
    where share.measure = 'vote_share' and part.measure = 'votes'
    union all
    select
        share.id,
        ballots.id,
        registered.id,
        1
    from claims as share
    inner join claims as ballots
        on share.source_table_id = ballots.source_table_id and share.row_number = ballots.row_number
    inner join claims as registered
        on share.source_table_id = registered.source_table_id and share.row_number = registered.row_number
    where
        share.measure = 'turnout'
        and ballots.measure = 'ballots_cast'
        and registered.measure = 'registered_voters'
)

select
    shares.share_claim_id,
    shares.part_claim_id,
    shares.whole_claim_id,
    share.source_id,
    share.election_id,
    share.governorate_id,
    share.list_id,
    share.figure_id,
    part.figure_id as part_figure_id,
    whole.figure_id as whole_figure_id,
    share.measure,
    share.value as share,
    share.decimals,
    part.value as part,
    whole.value as whole
from shares
inner join claims as share on shares.share_claim_id = share.id
inner join claims as part on shares.part_claim_id = part.id
inner join claims as whole on shares.whole_claim_id = whole.id
where shares.place = 1 and share.value is not null;
