-- The rules of allocation that are known, those of an election's contests first: what each says, and how we know.
-- election: an id of the table elections; empty for all.
select
    allocation_rules.id as rule_id,
    allocation_rules.title as rule,
    allocation_rules.title_ar as rule_ar,
    allocation_rules.method,
    1.0 * allocation_rules.first_divisor_numerator / allocation_rules.first_divisor_denominator as first_divisor,
    allocation_rules.second_divisor,
    allocation_rules.divisor_step,
    allocation_rules.description,
    allocation_rules.basis,
    allocation_rules.evidence,
    count(contests.id) filter (where contests.seat_type = 'general') as general_contests,
    count(contests.id) filter (where contests.seat_type <> 'general') as component_contests
from allocation_rules
left join contests on allocation_rules.id = contests.rule_id and :election in ('', contests.election_id)
group by allocation_rules.id
order by general_contests desc, component_contests desc, allocation_rules.title;
