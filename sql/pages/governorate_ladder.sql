-- The last five seats of a council in the order of award, and the five lists nearest to a further one.
-- governorate: an id, such as kirkuk.
-- election: an id of the table elections.
with ladder as (
    select
        *,
        row_number() over (partition by awarded order by iif(awarded, -seat, seat), list) as nearness
    from seat_ladder
    where
        governorate_id = :governorate
        and election_id = :election
        and contest_id in (select contests.id from contests where contests.seat_type = 'general')
)

select
    ladder.seat,
    ladder.list_id,
    ladder.list,
    coalesce(lists.name_ar, ladder.list) as list_ar,
    ladder.list_seat,
    ladder.votes,
    ladder.kind,
    ladder.divisor,
    round(ladder.quotient, iif(ladder.kind = 'quotient', 2, 4)) as quotient,
    ladder.awarded,
    ladder.tied,
    ladder.votes_short
from ladder
left join lists on ladder.list_id = lists.id
where ladder.nearness <= 5
order by ladder.seat, ladder.list;
