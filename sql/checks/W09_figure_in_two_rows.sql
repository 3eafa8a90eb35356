-- No two names in one place have the same number of votes in one source: one of the two may be a slip in copying.
select
    earlier.id || '-' || later.id as id,
    'fails' as status,
    earlier.election_id,
    earlier.governorate_id,
    later.list_id,
    earlier.source_id,
    later_names.name || ': the votes of ' || earlier_names.name as subject,
    null as expected,
    later.value as found,
    null as difference,
    json_array(earlier.id, later.id) as claim_ids,
    null as decision_id
from claims as earlier
inner join claims as later
    on
        earlier.source_id = later.source_id
        and earlier.election_id = later.election_id
        and earlier.governorate_id is later.governorate_id
        and earlier.measure = later.measure
        and earlier.value = later.value
        and earlier.figure_id <> later.figure_id
        and earlier.id < later.id
inner join figures as earlier_figures on earlier.figure_id = earlier_figures.id
inner join figures as later_figures
    on
        later.figure_id = later_figures.id
        and earlier_figures.reporting_unit_id is later_figures.reporting_unit_id
inner join figure_names as earlier_names on earlier.figure_id = earlier_names.figure_id
inner join figure_names as later_names on later.figure_id = later_names.figure_id
-- Small lists may well have the same few votes, and sums that we add up are not copied.
where
    earlier.measure = 'votes'
    and earlier.value >= 1000
    and earlier.basis = 'printed'
    and later.basis = 'printed';
