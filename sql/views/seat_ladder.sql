-- Every seat in the order of award with the number that won it, then what won nothing: each list's next quotient, with
-- the votes that it was short of, or its remainder. Where a lot must be drawn, each that takes part is tied and not
-- awarded.
create view seat_ladder as
select
    contests.election_id,
    contests.governorate_id,
    allocation_steps.contest_id,
    allocation_steps.place as seat,
    results.list_id,
    results.candidate_id,
    governorates.name as governorate,
    coalesce(lists.name, candidates.name) as list,
    allocation_steps.list_seat,
    allocation_steps.votes,
    allocation_steps.kind,
    1.0 * allocation_steps.divisor_numerator / allocation_steps.divisor_denominator as divisor,
    allocation_steps.value_numerator as quotient_numerator,
    allocation_steps.value_denominator as quotient_denominator,
    1.0 * allocation_steps.value_numerator / allocation_steps.value_denominator as quotient,
    allocation_steps.outcome = 'won' as awarded,
    allocation_steps.outcome = 'tied' as tied,
    allocation_steps.votes_short
from allocation_steps
inner join results on allocation_steps.result_id = results.id
inner join contests on allocation_steps.contest_id = contests.id
inner join governorates on contests.governorate_id = governorates.id
left join lists on results.list_id = lists.id
left join candidates on results.candidate_id = candidates.id;
