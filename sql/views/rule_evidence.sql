-- Which rules give the official seats: every known rule tried on every general contest of an election whose votes are
-- known. A rule of quotas is tried only where the total of the votes is known. Lists that a source does not name take
-- part in nothing; the quotas count their votes.
create view rule_evidence as
select
    contests.election_id,
    rule_trials.rule_id,
    allocation_rules.title as rule,
    count(rule_trials.reproduces) as contests_compared,
    coalesce(sum(rule_trials.reproduces), 0) as contests_reproduced,
    json_group_array(rule_trials.contest_id) filter (where rule_trials.reproduces = 0) as contests_against,
    json_group_array(rule_trials.contest_id) filter (where rule_trials.undecided is not null) as contests_undecided,
    sum(rule_trials.seats_apart) as seats_apart,
    (
        select count(*) from contests as every_contest
        where every_contest.election_id = contests.election_id and every_contest.seat_type = 'general'
    ) as contests_of_election,
    count(*) filter (where contests.rule_id = rule_trials.rule_id) as contests_referring
from rule_trials
inner join contests on rule_trials.contest_id = contests.id
inner join allocation_rules on rule_trials.rule_id = allocation_rules.id
group by contests.election_id, rule_trials.rule_id;
