-- The votes of a list in each polling station of a governorate.
-- list: an id, such as taqadum-2023.
-- governorate: an id, such as kirkuk.
-- after: the last station number of the page before; empty for the first 200.
select
    stations.number as station_number,
    stations.reporting_unit_id,
    stations.registered_voters,
    stations.ballots_cast,
    stations.votes as votes_of_all,
    station_results.votes
from ballot_lines
inner join stations
    on ballot_lines.election_id = stations.election_id and ballot_lines.governorate_id = stations.governorate_id
inner join station_results
    on
        stations.number = station_results.station_number
        and ballot_lines.list_number = station_results.list_number
        and station_results.candidate_number = 0
where
    ballot_lines.list_id = :list
    and ballot_lines.governorate_id = :governorate
    and ballot_lines.candidate_number = 0
    and stations.number > cast(:after as integer)
order by stations.number
limit 200;
