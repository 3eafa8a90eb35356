-- Sets beside each list's first quotient that won nothing, or that a lot must be drawn for, the one that it would have
-- had to pass: a list that is to have so many seats leaves so many fewer to the others, and must pass the first of
-- theirs that this leaves out. Kept, since the ladder of seats is a page of its own and must not wait for it.
update quotients set votes_to_pass = passed.votes, divisor_to_pass = passed.divisor
from (
    select
        lost.result_id,
        lost.list_seat,
        lost.seats,
        rivals.votes,
        rivals.divisor,
        -- The quotients of rivals that won or may win a seat, the highest first.
        row_number() over (partition by lost.result_id, lost.list_seat order by rivals.place) as rivals_seat
    from (
        select
            *,
            min(iif(place > seats, list_seat, null)) over (partition by result_id) as next_lost
        from quotients
    ) as lost
    inner join quotients as rivals
        on lost.contest_id = rivals.contest_id and lost.result_id <> rivals.result_id
    where
        rivals.place <= rivals.seats
        and (
            lost.list_seat = lost.next_lost
            or (lost.place <= lost.seats and lost.place + lost.equals - 1 > lost.seats)
        )
) as passed
where
    quotients.result_id = passed.result_id
    and quotients.list_seat = passed.list_seat
    and passed.rivals_seat = passed.seats - passed.list_seat + 1;
