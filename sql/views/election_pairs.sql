-- Any two elections, the earlier one first: how many governorates voted in both, and whether some council of each is
-- entered. is_latest marks the two that are compared where nobody chooses: the latest two of which some councils of the
-- same governorates are entered, or else the latest two.
create view election_pairs as
with held as (
    select
        election_id,
        governorate_id,
        max(names) > 0 as is_entered
    from completeness
    group by election_id, governorate_id
),

shared as (
    select
        earlier.election_id as earlier_election_id,
        later.election_id as later_election_id,
        count(*) as governorates,
        sum(earlier.is_entered and later.is_entered) as governorates_entered
    from held as earlier
    inner join held as later
        on earlier.governorate_id = later.governorate_id and earlier.election_id <> later.election_id
    group by earlier.election_id, later.election_id
),

pairs as (
    select
        earlier.id as earlier_election_id,
        later.id as later_election_id,
        earlier.short_title as earlier_election,
        earlier.short_title_ar as earlier_election_ar,
        later.short_title as later_election,
        later.short_title_ar as later_election_ar,
        earlier.polling_date as earlier_polling_date,
        later.polling_date as later_polling_date,
        coalesce(shared.governorates, 0) as governorates_in_both,
        coalesce(shared.governorates_entered, 0) as governorates_entered_in_both
    from elections as earlier
    inner join elections as later on (earlier.polling_date, earlier.id) < (later.polling_date, later.id)
    left join shared on earlier.id = shared.earlier_election_id and later.id = shared.later_election_id
)

select
    *,
    row_number() over (
        order by
            governorates_entered_in_both > 0 desc, later_polling_date desc, later_election_id desc,
            earlier_polling_date desc, earlier_election_id desc
    ) = 1 as is_latest
from pairs;
