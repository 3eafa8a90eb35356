-- A figure that a source prints for a list in the whole country is the sum over the governorates.
-- Seats whose winners are not known may be the list's, so a sum of seats that is smaller by no more than these is no
-- contradiction. Votes: a governorate where the list's votes are not known may hold the rest, so only a sum above the
-- national figure is a contradiction. What is printed for a group of governorates, those that voted on the election's
-- main day, is held against the sum of these.
with summed as (
    select
        results.list_id,
        sum(results.seats) as seats,
        sum(results.seats) filter (where contests.polling_date = elections.polling_date) as main_day_seats,
        sum(results.votes) as votes,
        sum(results.votes) filter (where contests.polling_date = elections.polling_date) as main_day_votes,
        json_group_array(results.seats_claim_id)
        filter (where results.seats > 0 and results.seats_claim_id is not null) as seats_claim_ids,
        json_group_array(results.votes_claim_id) filter (where results.votes_claim_id is not null) as votes_claim_ids
    from results
    inner join contests on results.contest_id = contests.id
    inner join elections on contests.election_id = elections.id
    where results.list_id is not null
    group by results.list_id
),

unfilled as (
    select
        completeness.election_id,
        sum(completeness.seats_unfilled) as seats,
        coalesce(
            sum(completeness.seats_unfilled) filter (where contests.polling_date = elections.polling_date), 0
        ) as main_day_seats
    from completeness
    inner join contests on completeness.contest_id = contests.id
    inner join elections on contests.election_id = elections.id
    group by completeness.election_id
),

compared as (
    select
        claims.*,
        iif(figures.reporting_unit_id is null, unfilled.seats, unfilled.main_day_seats) as seats_unfilled,
        case
            when figures.reporting_unit_id is null then iif(claims.measure = 'seats', summed.seats, summed.votes)
            else iif(claims.measure = 'seats', summed.main_day_seats, summed.main_day_votes)
        end as total,
        iif(claims.measure = 'seats', summed.seats_claim_ids, summed.votes_claim_ids) as part_claim_ids
    from claims
    inner join figures on claims.figure_id = figures.id
    inner join unfilled on claims.election_id = unfilled.election_id
    left join summed on claims.list_id = summed.list_id
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
            and compared.value - compared.total between 1 and compared.seats_unfilled
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
