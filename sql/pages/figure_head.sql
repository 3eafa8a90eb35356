-- A figure: what it is of, the value adopted for it, and on which claim or decision that rests.
-- figure: an id of the table figures.
select
    figures.id,
    figures.election_id,
    figures.governorate_id,
    governorates.name as governorate,
    governorates.name_ar as governorate_ar,
    coalesce(reporting_units.name, governorates.name, electorates.electorate) as place,
    coalesce(reporting_units.name_ar, governorates.name_ar, electorates.electorate_ar) as place_ar,
    reporting_units.kind = 'electoral_division' and figures.vote is null as is_of_a_part,
    figures.contest_id,
    figures.subject = 'candidate' and figures.contest_id is null as is_of_a_candidate,
    contests.seat_type,
    seat_types.title as seat_type_title,
    seat_types.title_ar as seat_type_title_ar,
    figures.vote,
    figures.subject,
    figures.list_id,
    figures.party_id,
    coalesce(lists.name, candidates.name, parties.name) as name,
    coalesce(lists.name_ar, candidates.name_ar, parties.name_ar, lists.name, candidates.name, parties.name) as name_ar,
    figures.measure,
    measures.title as measure_title,
    adopted.value,
    adopted.claim_id,
    adopted.decision_id,
    decisions.basis,
    decisions.reason,
    (
        select json_group_array(decision_evidence.claim_id)
        from decision_evidence
        where decision_evidence.decision_id = adopted.decision_id
    ) as evidence_claim_ids
from figures
inner join electorates on figures.election_id = electorates.election_id
inner join measures on figures.measure = measures.id
left join adopted on figures.id = adopted.figure_id
left join decisions on adopted.decision_id = decisions.id
left join governorates on figures.governorate_id = governorates.id
left join reporting_units on figures.reporting_unit_id = reporting_units.id
left join lists on figures.list_id = lists.id
left join candidates on figures.candidate_id = candidates.id
left join contests on coalesce(figures.contest_id, candidates.contest_id) = contests.id
left join seat_types on contests.seat_type = seat_types.id
left join parties on figures.party_id = parties.id
where figures.id = :figure;
