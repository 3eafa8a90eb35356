-- The preliminary count of a governorate beside the one that came after it.
-- governorate: an id, such as kirkuk.
-- election: an id of the table elections.
select
    preliminary_vs_final.*,
    coalesce(lists.name_ar, preliminary_vs_final.list) as list_ar
from preliminary_vs_final
left join lists on preliminary_vs_final.list_id = lists.id
where preliminary_vs_final.governorate_id = :governorate and preliminary_vs_final.election_id = :election
order by preliminary_vs_final.preliminary_votes desc, preliminary_vs_final.list;
