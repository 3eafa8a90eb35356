-- The last seat of each contest: who won it, which other list came next, how many votes that list lacked, and whether
-- the votes of lists not named could have won it if a single list had had them all. Where a lot must be drawn for it,
-- the seat is tied and has no winner or loser here; the view seat_ladder names those who take part.
-- Kept as rows when the database is built (build_db.keep_rows).
create view seat_margins as
with ladder as (
    select * from seat_ladder
),

last_won as (
    select
        *,
        row_number() over (partition by contest_id order by tied desc, seat desc, list) as place
    from ladder
    where awarded or tied
),

first_lost as (
    select
        ladder.*,
        row_number() over (partition by ladder.contest_id order by ladder.seat, ladder.list) as place
    from ladder
    inner join last_won on ladder.contest_id = last_won.contest_id and last_won.place = 1
    where not ladder.awarded and (ladder.tied or ladder.list <> last_won.list)
)

select
    allocation_readiness.contest_id,
    allocation_readiness.election_id,
    allocation_readiness.governorate_id,
    allocation_readiness.seat_type,
    won.governorate,
    allocation_readiness.seats,
    iif(won.tied, null, won.list_id) as last_winner_list_id,
    iif(won.tied, null, won.list) as last_winner,
    won.quotient as last_quotient,
    iif(won.tied, null, lost.list_id) as first_loser_list_id,
    iif(won.tied, null, lost.list) as first_loser,
    lost.quotient as first_lost_quotient,
    lost.votes_short,
    won.tied,
    allocation_readiness.remainder,
    allocations.remainder_can_matter
from allocation_readiness
inner join allocations on allocation_readiness.contest_id = allocations.contest_id
inner join last_won as won on allocation_readiness.contest_id = won.contest_id and won.place = 1
left join first_lost as lost on allocation_readiness.contest_id = lost.contest_id and lost.place = 1;
