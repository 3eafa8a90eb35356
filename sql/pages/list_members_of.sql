-- The parties of an alliance, and who says so.
-- list: an id of the table lists; empty if a party is asked for.
-- party: an id, such as asaib-ahl-al-haq; empty if a list is asked for.
select
    list_members.list_id,
    lists.election_id,
    lists.name as list,
    coalesce(lists.name_ar, lists.name) as list_ar,
    list_members.party_id,
    parties.name as party,
    coalesce(parties.name_ar, parties.name) as party_ar,
    governorates.name as only_in,
    governorates.name_ar as only_in_ar,
    list_members.certainty,
    list_members.evidence
from list_members
inner join lists on list_members.list_id = lists.id
inner join parties on list_members.party_id = parties.id
left join governorates on list_members.governorate_id = governorates.id
where (:list <> '' or :party <> '') and :list in ('', list_members.list_id) and :party in ('', list_members.party_id)
order by
    (select elections.polling_date from elections where elections.id = lists.election_id) desc,
    lists.name,
    parties.name;
