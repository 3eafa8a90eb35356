-- No preliminary count of votes is above a later one.
-- What is added up from a part of the stations may well be below, whenever it was counted.
select
    preliminary.id || '-' || later.id as id,
    iif(preliminary.value > later.value, 'fails', 'holds') as status,
    preliminary.election_id,
    preliminary.governorate_id,
    preliminary.list_id,
    preliminary.source_id,
    figure_names.name || ': Votes' as subject,
    later.value as expected,
    preliminary.value as found,
    preliminary.value - later.value as difference,
    json_array(preliminary.id, later.id) as claim_ids,
    null as decision_id
from claims as preliminary
inner join claims as later on preliminary.figure_id = later.figure_id
inner join figure_names on preliminary.figure_id = figure_names.figure_id
where
    preliminary.measure = 'votes'
    and preliminary.stage = 'preliminary'
    and later.stage <> 'preliminary'
    and later.stations is later.stations_of
    and preliminary.value is not null
    and later.value is not null;
