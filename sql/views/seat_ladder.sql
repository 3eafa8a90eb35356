-- Every seat in the order of award with its quotient, then each list's next quotient, which won nothing, with the votes
-- that it was short of (sql/computed/quotients.sql). Where a lot must be drawn, each quotient that takes part is tied
-- and not awarded.
create view seat_ladder as
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
    quotients.votes_short
from quotients
inner join results on quotients.result_id = results.id
inner join contests on quotients.contest_id = contests.id
inner join governorates on contests.governorate_id = governorates.id
left join lists on results.list_id = lists.id
left join candidates on results.candidate_id = candidates.id
where quotients.place <= quotients.seats or quotients.is_next = 1;
