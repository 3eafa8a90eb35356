-- At no station has a list fewer votes than its candidates.
-- A row a governorate; the stations are in the view station_findings.
select
    stations.election_id || '-' || stations.governorate_id as id,
    case
        when count(stations.lists_below_candidates) = 0 then 'not_checkable'
        when sum(stations.lists_below_candidates) > 0 then 'fails'
        else 'holds'
    end as status,
    stations.election_id,
    stations.governorate_id,
    null as list_id,
    min(source_tables.source_id) as source_id,
    'Stations, '
    || governorates.name
    || ', '
    || stations.election_id
    || ': candidates with more votes than their list' as subject,
    0 as expected,
    iif(
        count(stations.lists_below_candidates) = 0,
        null,
        count(*) filter (where stations.lists_below_candidates > 0)
    ) as found,
    iif(
        count(stations.lists_below_candidates) = 0,
        null,
        count(*) filter (where stations.lists_below_candidates > 0)
    ) as difference,
    '[]' as claim_ids,
    null as decision_id
from stations
inner join governorates on stations.governorate_id = governorates.id
inner join source_tables on stations.source_table_id = source_tables.id
group by stations.election_id, stations.governorate_id;
