-- Claims of one figure print the value that is adopted for it, unless they are of an earlier stage.
select
    disagreements.other_claim_id as id,
    'fails' as status,
    disagreements.election_id,
    disagreements.governorate_id,
    disagreements.list_id,
    disagreements.other_source_id as source_id,
    figure_names.name || ': ' || measures.title as subject,
    disagreements.adopted_value as expected,
    disagreements.other_value as found,
    disagreements.difference,
    (
        select json_group_array(claim.value)
        from json_each(json_array(disagreements.adopted_claim_id, disagreements.other_claim_id)) as claim
        where claim.value is not null
    ) as claim_ids,
    disagreements.decision_id
from disagreements
inner join figure_names on disagreements.figure_id = figure_names.figure_id
inner join measures on disagreements.measure = measures.id;
