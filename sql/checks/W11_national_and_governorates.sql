-- A figure that a source prints for a list in the whole country is the sum over the governorates.
-- Seats whose winners are not known may be the list's, so a sum of seats that is smaller by no more than these is no
-- contradiction. Votes: a governorate where the list's votes are not known may hold the rest, so only a sum above the
-- national figure is a contradiction. What is printed for a group of governorates, is held against the sum of these.
with scopes as (
    select
        id as contest_id,
        null as reporting_unit_id
    from contests
    union all
    select
        contests.id,
        group_members.reporting_unit_id
    from contests
    inner join group_members on contests.governorate_id = group_members.governorate_id
),

summed as (
    select
        results.list_id,
        scopes.reporting_unit_id,
        sum(results.seats) as seats,
        sum(results.votes) as votes,
        json_group_array(results.seats_claim_id)
        filter (where results.seats > 0 and results.seats_claim_id is not null) as seats_claim_ids,
        json_group_array(results.votes_claim_id) filter (where results.votes_claim_id is not null) as votes_claim_ids
    from results
    inner join scopes on results.contest_id = scopes.contest_id
    where results.list_id is not null
    group by results.list_id, scopes.reporting_unit_id
),

-- Null where the size of some contest is not known: then any number of seats may be missing.
unfilled as (
    select
        completeness.election_id,
        scopes.reporting_unit_id,
        iif(count(*) = count(completeness.seats), sum(completeness.seats_unfilled), null) as seats
    from completeness
    inner join scopes on completeness.contest_id = scopes.contest_id
    group by completeness.election_id, scopes.reporting_unit_id
),

compared as (
    select
        claims.*,
        unfilled.seats as seats_unfilled,
        iif(claims.measure = 'seats', summed.seats, summed.votes) as total,
        iif(claims.measure = 'seats', summed.seats_claim_ids, summed.votes_claim_ids) as part_claim_ids
    from claims
    inner join figures on claims.figure_id = figures.id
    inner join unfilled
        on claims.election_id = unfilled.election_id and figures.reporting_unit_id is unfilled.reporting_unit_id
    left join summed
        on claims.list_id = summed.list_id and figures.reporting_unit_id is summed.reporting_unit_id
    where
        figures.subject = 'list'
        and figures.governorate_id is null
        and claims.measure in ('seats', 'votes')
        and claims.stage <> 'preliminary'
        and claims.value is not null
)

select
    compared.id,
    case
        when compared.total = compared.value then 'holds'
        when compared.total is null then 'not_checkable'
        when compared.measure = 'votes' and compared.total < compared.value then 'not_checkable'
        when
            compared.measure = 'seats'
            and compared.total < compared.value
            and compared.value - compared.total <= coalesce(compared.seats_unfilled, compared.value)
            then 'not_checkable'
        else 'fails'
    end as status,
    compared.election_id,
    null as governorate_id,
    compared.list_id,
    compared.source_id,
    figure_names.name || ': ' || measures.title as subject,
    compared.total as expected,
    compared.value as found,
    compared.value - compared.total as difference,
    json_insert(coalesce(compared.part_claim_ids, '[]'), '$[#]', compared.id) as claim_ids,
    (select decisions.id from decisions where decisions.figure_id = compared.figure_id) as decision_id
from compared
inner join figure_names on compared.figure_id = figure_names.figure_id
inner join measures on compared.measure = measures.id;
