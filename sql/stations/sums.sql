-- The votes by line of the ballot; of a station that no file lists the governorate is unknown.
create table sums as
select
    files.election_id,
    stations.governorate_id,
    counts.list,
    counts.candidate,
    sum(counts.votes) as votes,
    count(*) as stations,
    files.source_table_id,
    files.governorate_id as only_governorate_id
from counts
inner join files on counts.file = files.id
left join stations on counts.station = stations.number
group by all;
