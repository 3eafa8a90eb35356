-- The polling stations of a governorate, with those entitled, those who voted and the votes counted.
-- governorate: an id, such as kirkuk.
-- election: an id of the table elections.
-- after: the last station number of the page before; empty for the first 200.
select
    stations.number as station_number,
    stations.reporting_unit_id,
    stations.centre_id as centre_reporting_unit_id,
    centres.name as centre,
    centres.name_ar as centre_ar,
    stations.registered_voters,
    stations.ballots_cast,
    stations.votes,
    stations.votes is null as is_missing
from stations
inner join reporting_units as centres on stations.centre_id = centres.id
where
    stations.governorate_id = :governorate
    and stations.election_id = :election
    and stations.number > cast(:after as integer)
order by stations.number
limit 200;
