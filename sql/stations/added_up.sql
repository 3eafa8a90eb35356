-- What is added up over the stations of a governorate: the votes of each list and of all, from the counts; registered
-- voters and ballots cast, from the table of the stations, if each of its stations there has them. A list of which
-- nothing was counted has no row.
with sums as (
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
        ballot_lines.list_number as place
    from ballot_lines
    inner join contests on ballot_lines.contest_id = contests.id
    where ballot_lines.candidate_number = 0 and ballot_lines.votes is not null
    union all
    select
        counts_source_table_id,
        governorate_id,
        null,
        null,
        null,
        null,
        null,
        'votes',
        sum(votes),
        null
    from ballot_lines
    where candidate_number = 0 and votes is not null
    group by counts_source_table_id, governorate_id
    union all
    select
        source_table_id,
        governorate_id,
        null,
        null,
        null,
        null,
        null,
        'registered_voters',
        sum(registered_voters),
        null
    from stations
    group by source_table_id, governorate_id
    having count(*) = count(registered_voters)
    union all
    select
        source_table_id,
        governorate_id,
        null,
        null,
        null,
        null,
        null,
        'ballots_cast',
        sum(ballots_cast),
        null
    from stations
    group by source_table_id, governorate_id
    having count(*) = count(ballots_cast)
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
    value
from sums
order by source_table_id, governorate_id, place is null, place, measure;
