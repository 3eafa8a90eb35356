-- Every name, to find the nearest where none matches. Of candidates those who have a result: a ballot may hold
-- thousands, and each name is held against the query.
select
    search_names.kind,
    coalesce(
        search_names.governorate_id, search_names.party_id, search_names.list_id, search_names.candidate_id
    ) as id,
    search_names.name,
    search_names.folded,
    search_names.sounds
from search_names
where
    search_names.candidate_id is null
    or search_names.candidate_id in (select results.candidate_id from results)
order by search_names.id;
