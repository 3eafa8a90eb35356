-- The votes by station. Of a list of which only candidates are counted the votes are unknown, and so are those of all.
create table station_sums as
with lists as (
    select
        station,
        list,
        sum(votes) filter (where candidate = 0) as votes,
        sum(votes) filter (where candidate > 0) as candidates
    from counts
    group by all
)

select
    station as number,
    if(count(*) = count(votes), sum(votes), null) as votes,
    sum((candidates > votes)::integer) as lists_below_candidates, -- null where no list can be compared
    count(votes) > 0 as is_counted,
    list(list) filter (where votes is null) as unknown_lists
from lists
group by all;
