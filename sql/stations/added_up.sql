-- What is added up over the stations of a governorate: the votes of each list and of all, from the counts; registered
-- voters and ballots cast, from the tables of the stations. stations says of how many stations a sum is, stations_of
-- how many there are; null where a source lists only a part of them. A list of which nothing was counted has no row.
-- What is of the place itself, the votes of all, registered voters and ballots, has one only if no station is missing.
with listed as (
    select
        election_id,
        governorate_id,
        source_table_id,
        count(*) as stations,
        -- A station is counted if the votes of a list are.
        count(
            (
                select 1 from station_results
                where station_results.station_number = stations.number and station_results.candidate_number = 0
                limit 1
            )
        ) as counted,
        iif(count(*) = count(registered_voters), sum(registered_voters), null) as registered_voters,
        iif(count(*) = count(ballots_cast), sum(ballots_cast), null) as ballots_cast
    from stations
    group by election_id, governorate_id, source_table_id
),

tables as (
    select
        listed.*,
        coalesce(source_tables.vote, 'unstated') as vote,
        source_tables.kind = 'stations_in_part' as is_in_part,
        -- A sum over several tables is told of the first of those whose figures are of the earliest stage.
        row_number() over (
            partition by listed.election_id, listed.governorate_id, source_tables.vote
            order by stages.rank desc, source_tables.source_id, source_tables.position
        ) as place
    from listed
    inner join source_tables on listed.source_table_id = source_tables.id
    inner join stages on source_tables.stage = stages.id
),

places as (
    select
        election_id,
        governorate_id,
        sum(stations) as stations,
        sum(counted) as counted,
        max(is_in_part) as is_in_part
    from tables
    group by election_id, governorate_id
),

votes as (
    select
        governorate_id,
        max(source_table_id) filter (where place = 1) as source_table_id,
        sum(stations) as stations,
        iif(count(*) = count(registered_voters), sum(registered_voters), null) as registered_voters,
        iif(count(*) = count(ballots_cast), sum(ballots_cast), null) as ballots_cast
    from tables
    group by election_id, governorate_id, vote
    having max(is_in_part) = 0
),

-- Lists of which a counted station has candidates but not the list: its votes there are unknown. Where a list is in all
-- counts none needs to be looked for; the cross join keeps SQLite from looking at the stations before that is clear.
gaps as (
    select
        lists.id as line_id,
        lists.election_id,
        lists.governorate_id,
        count(*) as stations
    from ballot_lines as lists
    inner join places on lists.election_id = places.election_id and lists.governorate_id = places.governorate_id
    cross join stations on lists.election_id = stations.election_id and lists.governorate_id = stations.governorate_id
    where
        lists.candidate_number = 0
        and coalesce(lists.stations, 0) < places.counted
        and exists (
            select 1 from ballot_lines as candidates
            where
                candidates.election_id = lists.election_id
                and candidates.governorate_id = lists.governorate_id
                and candidates.list_number = lists.list_number
                and candidates.candidate_number > 0
                and candidates.votes is not null
        )
        and (
            select min(station_results.candidate_number) from station_results
            where
                station_results.station_number = stations.number
                and station_results.list_number = lists.list_number
        ) > 0
        and exists (
            select 1 from station_results
            where station_results.station_number = stations.number and station_results.candidate_number = 0
        )
    group by lists.id
),

sums as (
    select
        ballot_lines.counts_source_table_id as source_table_id,
        ballot_lines.governorate_id,
        ballot_lines.contest_id,
        contests.seat_type,
        ballot_lines.list_id,
        iif(ballot_lines.list_id is null, ballot_lines.candidate_id, null) as candidate_id,
        ballot_lines.name_as_printed as name,
        'votes' as measure,
        ballot_lines.votes as value,
        places.counted - coalesce(gaps.stations, 0) as stations,
        iif(places.is_in_part, null, places.stations) as stations_of,
        ballot_lines.list_number as place
    from ballot_lines
    inner join contests on ballot_lines.contest_id = contests.id
    inner join places
        on ballot_lines.election_id = places.election_id and ballot_lines.governorate_id = places.governorate_id
    left join gaps on ballot_lines.id = gaps.line_id
    where ballot_lines.candidate_number = 0 and ballot_lines.votes is not null
    union all
    select
        ballot_lines.counts_source_table_id,
        places.governorate_id,
        null,
        null,
        null,
        null,
        null,
        'votes',
        sum(ballot_lines.votes),
        places.stations,
        places.stations,
        null
    from places
    inner join ballot_lines
        on places.election_id = ballot_lines.election_id and places.governorate_id = ballot_lines.governorate_id
    where
        ballot_lines.candidate_number = 0
        and ballot_lines.votes is not null
        and places.counted = places.stations
        and not places.is_in_part
        and not exists (
            select 1 from gaps
            where gaps.election_id = places.election_id and gaps.governorate_id = places.governorate_id
        )
    group by ballot_lines.counts_source_table_id, places.governorate_id
    union all
    select
        votes.source_table_id,
        votes.governorate_id,
        null,
        null,
        null,
        null,
        null,
        measures.id,
        iif(measures.id = 'ballots_cast', votes.ballots_cast, votes.registered_voters) as value,
        votes.stations,
        votes.stations,
        null
    from votes
    inner join measures on measures.id in ('ballots_cast', 'registered_voters')
    where iif(measures.id = 'ballots_cast', votes.ballots_cast, votes.registered_voters) is not null
)

select
    source_table_id,
    governorate_id,
    contest_id,
    seat_type,
    list_id,
    candidate_id,
    name,
    measure,
    value,
    stations,
    stations_of
from sums
-- Totals last: the claims of the lists keep their numbers when a count becomes whole.
order by source_table_id, place is null, governorate_id, place, measure;
