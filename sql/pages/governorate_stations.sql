-- How far the count of a governorate's polling stations has come; no row where no source prints stations.
-- governorate: an id, such as kirkuk.
-- election: 2013 or 2023.
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
