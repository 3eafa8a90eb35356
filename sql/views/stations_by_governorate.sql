-- How far the count of the stations has come in each governorate, and what it gives for all lists.
-- Kept as rows when the database is built (build_db.keep_rows).
create view stations_by_governorate as
select
    stations.election_id,
    stations.governorate_id,
    governorates.name as governorate,
    count(distinct stations.centre_id) as centres,
    count(*) as stations,
    count(stations.votes) as stations_counted,
    count(*) - count(stations.votes) as stations_missing,
    iif(count(*) = count(stations.registered_voters), sum(stations.registered_voters), null) as registered_voters,
    iif(count(*) = count(stations.ballots_cast), sum(stations.ballots_cast), null) as ballots_cast,
    sum(stations.votes) as votes
from stations
inner join governorates on stations.governorate_id = governorates.id
group by stations.election_id, stations.governorate_id;
