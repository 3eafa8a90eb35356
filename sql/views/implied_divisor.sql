-- The first divisors under which the votes give the official seats, or that none does: for each contest whose rule is
-- one of highest averages (elections/allocation.py, first_divisors, says how they are found). Both ends are exact
-- fractions in lowest terms. An end by lot is one where two quotients of different lists are equal: the official seats
-- are then one outcome of a draw. Where a draw is needed under every first divisor (a list with one seat and a list
-- with none have equal votes, say), both ends are by lot.
-- Seats differing are those that would have to pass from one list to another to give the seats that the votes give
-- under the rule of the contest; where these leave a draw, under its outcome that is nearest to the official seats.
-- The upper end rests on the winners alone. The lower end counts the losers that are named: it is known where all the
-- votes left to others, in one hand, would be no more than those of a named loser; elsewhere it may lie higher.
create view implied_divisor as
select
    first_divisors.contest_id,
    contests.election_id,
    contests.governorate_id,
    contests.seat_type,
    governorates.name as governorate,
    first_divisors.obstacle is null as fits,
    first_divisors.lower_numerator,
    first_divisors.lower_denominator,
    first_divisors.upper_numerator,
    first_divisors.upper_denominator,
    1.0 * first_divisors.lower_numerator / first_divisors.lower_denominator as lower,
    1.0 * first_divisors.upper_numerator / first_divisors.upper_denominator as upper,
    first_divisors.lower_known,
    first_divisors.lower_numerator > 0 as lower_closed,
    iif(first_divisors.obstacle is null, 1, null) as upper_closed,
    first_divisors.lower_by_lot,
    first_divisors.upper_by_lot,
    first_divisors.holds_law,
    first_divisors.obstacle,
    coalesce(smallest_last.list_id, smallest_last.candidate_id) as smallest_last_id,
    coalesce(greatest_next.list_id, greatest_next.candidate_id) as greatest_next_id,
    rule_trials.seats_apart as seats_differing
from first_divisors
inner join contests on first_divisors.contest_id = contests.id
inner join governorates on contests.governorate_id = governorates.id
inner join rule_trials on first_divisors.contest_id = rule_trials.contest_id and contests.rule_id = rule_trials.rule_id
left join results as smallest_last on first_divisors.smallest_last_id = smallest_last.id
left join results as greatest_next on first_divisors.greatest_next_id = greatest_next.id;
