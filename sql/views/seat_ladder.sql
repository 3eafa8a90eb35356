-- Every seat in the order of award with its quotient, then each list's next quotient, which won nothing, with the
-- votes that the list lacked to take the last seat outright.
create view seat_ladder as
with last_seat as (
    select
        contest_id,
        votes,
        divisor
    from quotients
    where place <= seats
    group by contest_id
    having place = max(place)
),

next_lost as (
    select
        result_id,
        min(list_seat) as list_seat
    from quotients
    where place > seats
    group by result_id
)

select
    contests.election_id,
    contests.governorate_id,
    quotients.contest_id,
    quotients.place as seat,
    results.list_id,
    results.candidate_id,
    governorates.name as governorate,
    coalesce(lists.name, candidates.name) as list,
    quotients.list_seat,
    quotients.votes,
    1.0 * quotients.divisor / quotients.denominator as divisor,
    quotients.votes * quotients.denominator as quotient_numerator,
    quotients.divisor as quotient_denominator,
    1.0 * quotients.votes * quotients.denominator / quotients.divisor as quotient,
    quotients.place + quotients.equals - 1 <= quotients.seats as awarded,
    quotients.place <= quotients.seats and quotients.place + quotients.equals - 1 > quotients.seats as tied,
    iif(
        quotients.place > quotients.seats,
        last_seat.votes * quotients.divisor / last_seat.divisor - quotients.votes + 1,
        null
    ) as votes_short
from quotients
inner join results on quotients.result_id = results.id
inner join contests on quotients.contest_id = contests.id
inner join governorates on contests.governorate_id = governorates.id
inner join last_seat on quotients.contest_id = last_seat.contest_id
left join next_lost on quotients.result_id = next_lost.result_id and quotients.list_seat = next_lost.list_seat
left join lists on results.list_id = lists.id
left join candidates on results.candidate_id = candidates.id
where quotients.place <= quotients.seats or next_lost.result_id is not null;
