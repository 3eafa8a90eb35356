-- No figure that fits nowhere would fit if one digit were another, missing, doubled or exchanged with its neighbour.
-- Tried: a row of a table whose rows do not add up to their total, read as the number that makes them; such a total,
-- read as the sum; a share that is not that of its row, read as the share that is; two values for one figure; and a
-- figure that is not the sum of its stations.
-- For a row with a printed share, the share must agree with the new reading too.
with recursive readings as (
    select
        printed_totals.total_claim_id || '-row' as origin,
        claims.id as claim_id,
        claims.value as printed,
        claims.value + printed_totals.total - printed_totals.sum_of_rows as proposed,
        'the rows add up to their total' as gain,
        printed_totals.total_claim_id as other_claim_id
    from printed_totals
    inner join json_each(printed_totals.row_claim_ids) as row_claims
    inner join claims on row_claims.value = claims.id
    where printed_totals.rows_without_figure = 0 and claims.value >= 100
    union all
    select
        total_claim_id || '-total',
        total_claim_id,
        total,
        sum_of_rows,
        'the total is the sum of its rows',
        total_claim_id
    from printed_totals
    where rows_without_figure = 0 and total >= 100
    union all
    select
        disagreements.other_claim_id || '-other',
        disagreements.other_claim_id,
        disagreements.other_value,
        disagreements.adopted_value,
        'it is the value adopted from another source',
        coalesce(disagreements.adopted_claim_id, disagreements.other_claim_id)
    from disagreements
    inner join claims on disagreements.other_claim_id = claims.id
    where
        disagreements.other_value >= 100
        and disagreements.adopted_claim_id is not null
        and claims.basis = 'printed'
    union all
    -- A sum has no digits that a hand has set: there the slip is in the figure adopted against it.
    select
        disagreements.other_claim_id || '-sum',
        disagreements.adopted_claim_id,
        disagreements.adopted_value,
        disagreements.other_value,
        'it is the sum of the stations',
        disagreements.other_claim_id
    from disagreements
    inner join claims on disagreements.other_claim_id = claims.id
    where
        disagreements.adopted_value >= 100
        and disagreements.adopted_claim_id is not null
        and claims.basis = 'added_up'
    union all
    select
        share_claim_id || '-share',
        share_claim_id,
        cast(round(share * pow(10, decimals)) as integer),
        cast(round(100.0 * part / whole * pow(10, decimals)) as integer),
        'it is the share of its own row',
        part_claim_id
    from printed_shares
    where share > 0 and whole > 0 and part is not null
),

wrong as (
    select
        *,
        cast(printed as text) as old_text,
        cast(proposed as text) as new_text
    from readings
    where proposed > 0 and proposed <> printed
),

positions as (
    select 1 as place
    union all
    select place + 1 from positions
    where place < 10
),

compared as (
    select
        wrong.origin,
        wrong.claim_id,
        sum(substr(wrong.old_text, positions.place, 1) <> substr(wrong.new_text, positions.place, 1)) as differing,
        min(positions.place) filter (
            where substr(wrong.old_text, positions.place, 1) <> substr(wrong.new_text, positions.place, 1)
        ) as first_differing,
        max(
            substr(wrong.old_text, 1, positions.place - 1) || substr(wrong.old_text, positions.place + 1)
            = wrong.new_text
            and positions.place <= length(wrong.old_text)
        ) as drops_one,
        max(
            substr(wrong.new_text, 1, positions.place - 1) || substr(wrong.new_text, positions.place + 1)
            = wrong.old_text
            and positions.place <= length(wrong.new_text)
        ) as adds_one
    from wrong
    cross join positions
    group by wrong.origin, wrong.claim_id
),

edits as (
    select
        wrong.*,
        case
            when
                compared.differing = 2
                and length(wrong.old_text) = length(wrong.new_text)
                and substr(wrong.old_text, compared.first_differing, 2)
                = substr(wrong.new_text, compared.first_differing + 1, 1)
                || substr(wrong.new_text, compared.first_differing, 1)
                then 'two digits exchanged'
            when compared.differing = 1 and length(wrong.old_text) = length(wrong.new_text) then 'one digit another'
            when compared.drops_one then 'one digit too many'
            when compared.adds_one then 'one digit missing'
        end as edit
    from wrong
    inner join compared on wrong.origin = compared.origin and wrong.claim_id = compared.claim_id
),

-- A turnout printed in the row must be that of the new reading as well.
closing as (
    select
        edits.*,
        iif(claims.decimals > 0, edits.proposed / pow(10, claims.decimals), edits.proposed) as expected,
        share.id as share_id,
        case
            when share.value is null then null
            when claims.measure = 'registered_voters'
                then abs(share.value - 100.0 * ballots.value / edits.proposed) <= 0.5 / pow(10, share.decimals)
            when claims.measure = 'ballots_cast'
                then abs(share.value - 100.0 * edits.proposed / registered.value) <= 0.5 / pow(10, share.decimals)
        end as share_closes
    from edits
    inner join claims on edits.claim_id = claims.id
    left join claims as share
        on
            claims.source_table_id = share.source_table_id
            and claims.row_number = share.row_number
            and share.measure = 'turnout'
            and edits.origin like '%-row'
    left join claims as ballots
        on
            claims.source_table_id = ballots.source_table_id
            and claims.row_number = ballots.row_number
            and ballots.measure = 'ballots_cast'
    left join claims as registered
        on
            claims.source_table_id = registered.source_table_id
            and claims.row_number = registered.row_number
            and registered.measure = 'registered_voters'
    where edits.edit is not null
)

select
    closing.claim_id || '-' || closing.new_text as id,
    'fails' as status,
    claims.election_id,
    claims.governorate_id,
    claims.list_id,
    claims.source_id,
    figure_names.name
    || ', '
    || measures.title
    || ': with '
    || closing.edit
    || ', '
    || closing.gain
    || iif(closing.share_closes, ', and the printed share agrees', '') as subject,
    closing.expected,
    claims.value as found,
    claims.value - closing.expected as difference,
    iif(
        closing.share_id is null,
        json_array(closing.claim_id, closing.other_claim_id),
        json_array(closing.claim_id, closing.other_claim_id, closing.share_id)
    ) as claim_ids,
    coalesce(
        (select decisions.id from decisions where decisions.figure_id = claims.figure_id),
        (
            select min(decision_evidence.decision_id) from decision_evidence
            where decision_evidence.claim_id = closing.claim_id and closing.origin like '%-share'
        )
    ) as decision_id
from closing
inner join claims on closing.claim_id = claims.id
inner join figure_names on claims.figure_id = figure_names.figure_id
inner join measures on claims.measure = measures.id
where coalesce(closing.share_closes, 1)
group by closing.claim_id, closing.new_text;
