-- Whether the general seats of each council can be allocated from its votes under a rule; if not, why.
-- rule: the id of a rule in allocation_rules, such as dhondt; empty for the rule of each council.
-- first_divisor: a number such as 1.4; empty for that of the rule.
-- election: an id of the table elections.
-- remainder_can_matter: whether one list with all the votes of lists not named would win a seat.
with asked as (
    select
        contest.*,
        inputs.lists,
        iif(:first_divisor = '', inputs.rule, json_set(inputs.rule, '$.first_divisor', :first_divisor)) as rule
    from allocation_readiness as contest
    left join allocation_inputs as inputs
        on
            contest.contest_id = inputs.contest_id
            and inputs.rule_id = iif(:rule = '', contest.rule_id, :rule)
    where contest.election_id = :election and contest.seat_type = 'general'
),

answered as (
    select
        *,
        allocate_seats(rule, seats, lists, total_votes) as answer,
        iif(
            remainder > 0,
            allocate_seats(
                rule, seats, json_insert(lists, '$[#]', json_object('id', 'unnamed', 'votes', remainder)), total_votes
            ),
            null
        ) as answer_with_remainder
    from asked
)

select
    asked.governorate_id,
    governorates.name as governorate,
    governorates.name_ar as governorate_ar,
    asked.contest_id,
    asked.seats,
    asked.names,
    asked.names_with_votes,
    asked.winners_without_votes,
    asked.total_votes,
    asked.remainder,
    allocation_rules.title as own_rule,
    allocation_rules.title_ar as own_rule_ar,
    allocation_rules.method as own_method,
    asked.answer is not null and asked.answer ->> 'undecided' is null as is_computed,
    iif(asked.votes_status = 'ready', asked.answer ->> 'undecided', asked.votes_status) as why_not,
    asked.answer_with_remainder ->> '$.seats[#-1].possible' > 0 as remainder_can_matter
from answered as asked
inner join governorates on asked.governorate_id = governorates.id
inner join allocation_rules on asked.rule_id = allocation_rules.id
order by governorates.name;
