-- Every station is in the counts, with the votes of its lists.
-- A row a governorate; the stations are in the view station_findings.
select
    stations.election_id || '-' || stations.governorate_id as id,
    case
        when count(stations.votes) = 0 then 'not_checkable'
        when count(*) > count(stations.votes) then 'fails'
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
    || ': missing from the counts' as subject,
    0 as expected,
    iif(count(stations.votes) = 0, null, count(*) - count(stations.votes)) as found,
    iif(count(stations.votes) = 0, null, count(*) - count(stations.votes)) as difference,
    '[]' as claim_ids,
    null as decision_id
from stations
inner join governorates on stations.governorate_id = governorates.id
inner join source_tables on stations.source_table_id = source_tables.id
group by stations.election_id, stations.governorate_id;
