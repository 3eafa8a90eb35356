-- The votes of a list in each polling station of a governorate.
-- A row for each number that the list stands under there.
-- list: an id of the table lists.
-- governorate: an id, such as kirkuk.
-- after: the last station number of the page before; empty for the first 200 stations.
with standing as (
    select
        ballot_lines.election_id,
        ballot_lines.governorate_id,
        ballot_lines.list_number,
        contests.seat_type
    from ballot_lines
    inner join contests on ballot_lines.contest_id = contests.id
    where
        ballot_lines.list_id = :list
        and ballot_lines.governorate_id = :governorate
        and ballot_lines.candidate_number = 0
),

page as (
    select stations.number
    from stations
    where
        (stations.election_id, stations.governorate_id) in (
            select
                standing.election_id,
                standing.governorate_id
            from standing
        )
        and stations.number > cast(:after as integer)
        and exists (
            select 1 from station_results
            where
                station_results.station_number = stations.number
                and station_results.list_number in (select standing.list_number from standing)
                and station_results.candidate_number = 0
        )
    order by stations.number
    limit 200
)

select
    stations.number as station_number,
    stations.reporting_unit_id,
    standing.seat_type,
    standing.list_number,
    stations.registered_voters,
    stations.ballots_cast,
    stations.votes as votes_of_all,
    station_results.votes
from page
inner join stations on page.number = stations.number
cross join standing
inner join station_results
    on
        page.number = station_results.station_number
        and standing.list_number = station_results.list_number
        and station_results.candidate_number = 0
order by stations.number, standing.list_number;
