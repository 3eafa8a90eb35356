-- What was counted in one polling station: each list, and each candidate below it.
-- station: its number, as in the table stations.
select
    ballot_lines.list_number,
    ballot_lines.candidate_number,
    ballot_lines.list_id,
    ballot_lines.candidate_id,
    ballot_lines.name_as_printed as name,
    station_results.votes
from stations
inner join station_results on stations.number = station_results.station_number
inner join ballot_lines
    on
        stations.election_id = ballot_lines.election_id
        and stations.governorate_id = ballot_lines.governorate_id
        and station_results.list_number = ballot_lines.list_number
        and station_results.candidate_number = ballot_lines.candidate_number
where stations.number = cast(:station as integer)
order by station_results.list_number, station_results.candidate_number;
