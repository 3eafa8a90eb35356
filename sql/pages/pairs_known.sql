-- Any two elections that can be compared, those first that are compared where nobody chooses.
select
    earlier_election_id,
    earlier_election,
    earlier_election_ar,
    later_election_id,
    later_election,
    later_election_ar,
    governorates_in_both
from election_pairs
order by
    is_latest desc,
    governorates_entered_in_both > 0 desc,
    later_polling_date desc,
    later_election_id desc,
    earlier_polling_date desc,
    earlier_election_id desc;
