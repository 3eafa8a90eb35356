-- What is added up over the stations of a governorate: the votes of each list and of all, from the counts; registered
-- voters and ballots cast, from the tables of the stations. stations says of how many stations a sum is, stations_of
-- how many there are; null where a source lists only a part of them. A list of which nothing was counted has no row.
-- What is of the place itself, the votes of all, registered voters and ballots, has one only if no station is missing.
with tables as (
    select
        stations.election_id, stations.governorate_id, stations.source_table_id,
        files.source_id, files.position, files.stage_rank, files.vote,
        files.kind = 'stations_in_part' as is_in_part,
        count(*) as stations,
        count(*) filter (where station_sums.is_counted) as counted,
        if(count(*) = count(registered_voters), sum(registered_voters), null) as registered_voters,
        if(count(*) = count(ballots_cast), sum(ballots_cast), null) as ballots_cast
    from stations
    inner join files on stations.source_table_id = files.source_table_id
    left join station_sums on stations.number = station_sums.number
    group by all
),

places as (
    select
        election_id, governorate_id, sum(stations) as stations, sum(counted) as counted, max(is_in_part) as is_in_part
    from tables
    group by all
),

turnouts as (
    select
        governorate_id,
        -- A sum over several tables is told of the first of those whose figures are of the earliest stage.
        first(source_table_id order by stage_rank desc, source_id, position) as source_table_id,
        sum(stations) as stations,
        if(count(*) = count(registered_voters), sum(registered_voters), null) as registered_voters,
        if(count(*) = count(ballots_cast), sum(ballots_cast), null) as ballots_cast
    from tables
    group by election_id, governorate_id, vote
    having not max(is_in_part)
),

-- Lists of which a counted station has candidates but not the list: its votes there are unknown.
gaps as (
    select election_id, governorate_id, list, count(*) as stations
    from (
        select stations.election_id, stations.governorate_id, unnest(station_sums.unknown_lists) as list
        from station_sums
        inner join stations on station_sums.number = stations.number
        where station_sums.is_counted
    )
    group by all
),

lists as (
    select
        sums.*,
        ballot_lines.* exclude (election_id, governorate_id, list, candidate),
        places.counted - coalesce(gaps.stations, 0) as counted,
        places.stations as all_stations,
        places.is_in_part,
        -- No station is missing, and no list has a gap, not even one that has votes in no station.
        places.counted = places.stations
        and not places.is_in_part
        and (election_id, governorate_id) not in (select (election_id, governorate_id) from gaps) as is_whole
    from sums
    inner join ballot_lines using (election_id, governorate_id, list, candidate)
    inner join places using (election_id, governorate_id)
    left join gaps using (election_id, governorate_id, list)
    where candidate = 0
),

figures as (
    select
        source_table_id, governorate_id, contest_id, seat_type, list_id,
        if(list_id is null, candidate_id, null) as candidate_id, name, 'votes' as measure, votes as value,
        counted as stations, if(is_in_part, null, all_stations) as stations_of, list as place
    from lists
    union all by name
    select
        source_table_id, governorate_id, 'votes' as measure, sum(votes) as value,
        all_stations as stations, all_stations as stations_of
    from lists
    where is_whole
    group by all
    union all by name
    select
        source_table_id, governorate_id, unnest(['ballots_cast', 'registered_voters']) as measure,
        unnest([ballots_cast, registered_voters]) as value, stations, stations as stations_of
    from turnouts
)

select * exclude (place)
from figures
where value is not null
-- Totals last: the claims of the lists keep their numbers when a count becomes whole.
order by source_table_id, place is null, governorate_id, place, measure;
