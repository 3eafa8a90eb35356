-- What a source prints for a party in the whole country is what it prints for the alliance that the party stood in.
select
    claims.id || '-' || alliance.id as id,
    iif(claims.value = alliance.value, 'holds', 'fails') as status,
    claims.election_id,
    null as governorate_id,
    alliance.list_id,
    claims.source_id,
    figure_names.name || ' against ' || alliance_names.name || ': ' || measures.title as subject,
    alliance.value as expected,
    claims.value as found,
    claims.value - alliance.value as difference,
    json_array(claims.id, alliance.id) as claim_ids,
    null as decision_id
from claims
-- A party may be a member in several governorates.
inner join (select distinct list_id, party_id from list_members) as list_members
    on claims.party_id = list_members.party_id
inner join claims as alliance
    on
        list_members.list_id = alliance.list_id
        and claims.source_id = alliance.source_id
        and claims.election_id = alliance.election_id
        and claims.measure = alliance.measure
inner join figure_names on claims.figure_id = figure_names.figure_id
inner join figure_names as alliance_names on alliance.figure_id = alliance_names.figure_id
inner join measures on claims.measure = measures.id
where
    claims.governorate_id is null
    and alliance.governorate_id is null
    and claims.measure in ('votes', 'seats')
    and claims.value is not null
    and alliance.value is not null;
