-- No party is its own successor.
with recursive successors as (
    select
        earlier_party_id,
        later_party_id
    from party_links
    union
    select
        successors.earlier_party_id,
        party_links.later_party_id
    from successors
    inner join party_links on successors.later_party_id = party_links.earlier_party_id
)

select
    earlier_party_id as id,
    'fails' as status,
    null as election_id,
    null as governorate_id,
    null as list_id,
    null as source_id,
    'data/party_links.csv, party ' || earlier_party_id as subject,
    'links that do not lead back to it' as expected,
    'a chain of links that does' as found,
    null as difference,
    '[]' as claim_ids,
    null as decision_id
from successors
where earlier_party_id = later_party_id;
