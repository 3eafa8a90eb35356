-- The adopted seats of each contest fill it.
select
    contests.id,
    case
        when count(results.seats) = 0 or contests.seats is null then 'not_checkable'
        when sum(results.seats) = contests.seats then 'holds'
        else 'fails'
    end as status,
    contests.election_id,
    contests.governorate_id,
    null as list_id,
    null as source_id,
    governorates.name || ', ' || contests.election_id || ': ' || seat_types.title || ' seats' as subject,
    contests.seats as expected,
    sum(results.seats) as found,
    sum(results.seats) - contests.seats as difference,
    coalesce(
        json_group_array(results.seats_claim_id) filter (where results.seats_claim_id is not null), '[]'
    ) as claim_ids,
    null as decision_id
from contests
inner join governorates on contests.governorate_id = governorates.id
inner join seat_types on contests.seat_type = seat_types.id
left join results on contests.id = results.contest_id
group by contests.id;
