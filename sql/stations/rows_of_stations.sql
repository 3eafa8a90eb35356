-- The stations with what is added up over their counts, in the order of their numbers.
select
    number, stations.id as reporting_unit_id, stations.election_id, stations.governorate_id, stations.centre_id,
    stations.source_table_id, stations.registered_voters, stations.ballots_cast,
    station_sums.votes, station_sums.lists_below_candidates
from stations
left join station_sums using (number)
order by number;
