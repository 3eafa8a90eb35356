-- What the SQL function allocate_seats takes (elections/allocation_function.py): for every general contest whose votes
-- are known and every rule of allocation, the rule, the seats, the lists with votes, and all valid votes.
create view allocation_inputs as
select
    contest.contest_id,
    contest.election_id,
    contest.governorate_id,
    rules.id as rule_id,
    rules.id = contest.rule_id as is_own_rule,
    json_object(
        'method', rules.method,
        'first_divisor', rules.first_divisor_numerator || '/' || rules.first_divisor_denominator,
        'second_divisor', rules.second_divisor,
        'divisor_step', rules.divisor_step,
        'remainders', rules.remainders
    ) as rule,
    contest.seats,
    (
        select
            json_group_array(
                json_object('id', results.id, 'votes', results.votes, 'is_person', results.list_id is null)
            )
        from results
        where results.contest_id = contest.contest_id and results.votes > 0
    ) as lists,
    contest.total_votes
from allocation_readiness as contest
cross join allocation_rules as rules
where contest.seat_type = 'general' and contest.votes_status = 'ready';
