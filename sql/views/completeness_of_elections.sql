-- How far each election is known: how many of its contests, and of their seats. A contest is entered where some name is
-- known; its winners are known where the adopted seats fill it. Seats are null where the size of a council is not.
create view completeness_of_elections as
with sizes as (
    select
        election_id,
        iif(count(*) = count(seats), sum(seats), null) as seats
    from council_sizes
    group by election_id
)

select
    completeness.election_id,
    count(distinct completeness.governorate_id) as governorates,
    count(distinct iif(completeness.names > 0, completeness.governorate_id, null)) as governorates_entered,
    count(*) as contests,
    count(*) filter (where completeness.names > 0) as contests_entered,
    count(*) filter (where completeness.seats_unfilled = 0) as contests_filled,
    count(*) filter (where completeness.seat_type = 'general') as general_contests,
    count(*) filter (where completeness.seat_type = 'general' and completeness.names > 0) as general_contests_entered,
    count(*) filter (
        where completeness.seat_type = 'general' and completeness.seats_unfilled = 0
    ) as general_contests_filled,
    sizes.seats,
    coalesce(sum(completeness.seats_filled), 0) as seats_filled,
    iif(
        count(*) = count(completeness.seats_unfilled),
        sum(completeness.seats_unfilled),
        sizes.seats - coalesce(sum(completeness.seats_filled), 0)
    ) as seats_unfilled,
    count(*) filter (
        where completeness.seat_type = 'general' and completeness.votes_known = 'all'
    ) as general_contests_with_all_votes,
    count(*) filter (
        where completeness.seat_type = 'general' and allocation_readiness.status = 'ready'
    ) as general_contests_recomputed,
    sum(completeness.rule_known) as contests_with_rule,
    sum(completeness.stages_mixed) as contests_of_mixed_stages,
    json_group_array(completeness.contest_id)
    filter (where completeness.seats_unfilled is not 0) as contests_unfilled
from completeness
inner join sizes on completeness.election_id = sizes.election_id
inner join allocation_readiness on completeness.contest_id = allocation_readiness.contest_id
group by completeness.election_id;
