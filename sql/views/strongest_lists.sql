-- The list or lists with most seats in each council; none where the seats whose winners are not known could change it.
-- Kept as rows when the database is built (build_db.keep_rows).
create view strongest_lists as
with won as (
    select
        contests.election_id,
        contests.governorate_id,
        results.list_id,
        coalesce(lists.name, candidates.name) as list,
        coalesce(lists.name_ar, candidates.name_ar, lists.name, candidates.name) as list_ar,
        sum(results.seats) as seats
    from results
    inner join contests on results.contest_id = contests.id
    left join lists on results.list_id = lists.id
    left join candidates on results.candidate_id = candidates.id
    where results.seats > 0
    group by contests.election_id, contests.governorate_id, coalesce(results.list_id, results.candidate_id)
),

unfilled as (
    -- Null where neither the sizes of the contests nor that of the council are known.
    select
        completeness.election_id,
        completeness.governorate_id,
        iif(
            count(*) = count(completeness.seats_unfilled),
            sum(completeness.seats_unfilled),
            max(max(council_sizes.seats - coalesce(council_sizes.adopted_seats, 0)), 0)
        ) as seats
    from completeness
    inner join council_sizes
        on
            completeness.election_id = council_sizes.election_id
            and completeness.governorate_id = council_sizes.governorate_id
    group by completeness.election_id, completeness.governorate_id
),

placed as (
    select
        won.*,
        rank() over (partition by won.election_id, won.governorate_id order by won.seats desc) as place,
        max(won.seats) over (partition by won.election_id, won.governorate_id) as most
    from won
),

judged as (
    select
        placed.election_id,
        placed.governorate_id,
        max(placed.most) as seats,
        max(placed.seats) filter (where placed.place > 1) as next_seats
    from placed
    group by placed.election_id, placed.governorate_id
)

select
    placed.election_id,
    placed.governorate_id,
    iif(count(*) = 1, max(placed.list_id), null) as list_id,
    group_concat(placed.list, ' / ') as list,
    group_concat(placed.list_ar, ' / ') as list_ar,
    judged.seats
from placed
inner join judged
    on placed.election_id = judged.election_id and placed.governorate_id = judged.governorate_id and placed.place = 1
inner join unfilled on placed.election_id = unfilled.election_id and placed.governorate_id = unfilled.governorate_id
group by placed.election_id, placed.governorate_id
having
    max(unfilled.seats) = 0
    or (count(*) = 1 and judged.seats > coalesce(judged.next_seats, 0) + max(unfilled.seats));
