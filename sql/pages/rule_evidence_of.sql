-- Which rules the official seats of an election follow: every known rule tried on its general contests.
-- election: an id of the table elections.
select
    rule_evidence.rule_id,
    rule_evidence.rule,
    allocation_rules.title_ar as rule_ar,
    rule_evidence.contests_compared,
    rule_evidence.contests_reproduced,
    rule_evidence.seats_apart,
    rule_evidence.contests_of_election,
    rule_evidence.contests_referring > 0 as is_own_rule,
    (
        select json_group_array(json_object('id', against.id, 'name', against.name, 'name_ar', against.name_ar))
        from (
            select governorates.*
            from json_each(rule_evidence.contests_against) as contest
            inner join contests on contest.value = contests.id
            inner join governorates on contests.governorate_id = governorates.id
            order by governorates.name
        ) as against
    ) as governorates_against
from rule_evidence
inner join allocation_rules on rule_evidence.rule_id = allocation_rules.id
where rule_evidence.election_id = :election
order by rule_evidence.contests_reproduced desc, rule_evidence.seats_apart, rule_evidence.rule;
