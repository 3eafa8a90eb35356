-- At no station are more ballots cast than voters registered.
-- A row a governorate; the stations are in the view station_findings.
select
    stations.election_id || '-' || stations.governorate_id as id,
    case
        when count(stations.ballots_cast - stations.registered_voters) = 0 then 'not_checkable'
        when count(*) filter (where stations.ballots_cast > stations.registered_voters) > 0 then 'fails'
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
    || ': more ballots than registered voters' as subject,
    0 as expected,
    count(*) filter (where stations.ballots_cast > stations.registered_voters) as found,
    count(*) filter (where stations.ballots_cast > stations.registered_voters) as difference,
    '[]' as claim_ids,
    null as decision_id
from stations
inner join governorates on stations.governorate_id = governorates.id
inner join source_tables on stations.source_table_id = source_tables.id
group by stations.election_id, stations.governorate_id;
