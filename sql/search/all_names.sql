-- Every name, to find the nearest where none matches.
select
    search_names.kind,
    coalesce(
        search_names.governorate_id, search_names.party_id, search_names.list_id, search_names.candidate_id
    ) as id,
    search_names.name,
    search_names.folded,
    search_names.sounds
from search_names
order by search_names.id;
