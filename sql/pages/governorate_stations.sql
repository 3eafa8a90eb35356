-- How far the count of a governorate's polling stations has come; no row where no source prints stations.
-- governorate: an id, such as kirkuk.
-- election: an id of the table elections.
select
    centres,
    stations,
    stations_counted,
    stations_missing,
    registered_voters,
    ballots_cast,
    votes
from stations_by_governorate
where governorate_id = :governorate and election_id = :election;
