-- Every seat in the order of award with its quotient, then each list's next quotient, which won nothing. Votes short
-- are the fewest further votes with which the list would have had that seat outright, all other votes unchanged: with
-- them its quotient passes that of the seat which another list then loses (a list that holds the last seat itself must
-- pass an earlier one). Where a lot must be drawn, each quotient that takes part is tied and not awarded.
create view seat_ladder as
with laid as (
    select * from quotients
),

next_lost as (
    select
        result_id,
        min(list_seat) as list_seat
    from laid
    where place > seats
    group by result_id
),

shown as (
    select
        laid.*,
        laid.place + laid.equals - 1 <= laid.seats as awarded,
        laid.place <= laid.seats and laid.place + laid.equals - 1 > laid.seats as tied
    from laid
    left join next_lost on laid.result_id = next_lost.result_id and laid.list_seat = next_lost.list_seat
    where laid.place <= laid.seats or next_lost.result_id is not null
)

select
    contests.election_id,
    contests.governorate_id,
    shown.contest_id,
    shown.place as seat,
    results.list_id,
    results.candidate_id,
    governorates.name as governorate,
    coalesce(lists.name, candidates.name) as list,
    shown.list_seat,
    shown.votes,
    1.0 * shown.divisor / shown.denominator as divisor,
    shown.votes * shown.denominator as quotient_numerator,
    shown.divisor as quotient_denominator,
    1.0 * shown.votes * shown.denominator / shown.divisor as quotient,
    shown.awarded,
    shown.tied,
    shown.votes_to_pass * shown.divisor / shown.divisor_to_pass - shown.votes + 1 as votes_short
from shown
inner join results on shown.result_id = results.id
inner join contests on shown.contest_id = contests.id
inner join governorates on contests.governorate_id = governorates.id
left join lists on results.list_id = lists.id
left join candidates on results.candidate_id = candidates.id;
