-- What is wrong with the rows of a file of counts: the rule that each breaks first.
create or replace view numbered as
select
    counts.*,
    counts.rowid - files.first_row + 2 as line,
    files.name as file_name,
    files.election_id,
    files.governorate_id as only_governorate_id,
    stations.governorate_id
from counts
inner join files on counts.file = files.id
left join stations on counts.station = stations.number
where files.id = getvariable('file');

create or replace table broken as
with repeated as (
    select station, list, candidate, min(line) as first_line
    from numbered
    group by all
    having count(*) > 1
)

select
    numbered.line,
    repeated.first_line,
    case
        when numbered.station is null then 'malformed'
        when numbered.governorate_id is null then 'no_station'
        when numbered.governorate_id <> numbered.only_governorate_id then 'station_elsewhere'
        when ballot_lines.list is null and lists.list is not null and numbered.candidate > 0 then 'candidate_unknown'
        when ballot_lines.list is null then 'list_unknown'
        when numbered.line > repeated.first_line then 'count_twice'
    end as rule
from numbered
left join ballot_lines using (election_id, governorate_id, list, candidate)
left join ballot_lines as lists
    on
        numbered.election_id = lists.election_id
        and numbered.governorate_id = lists.governorate_id
        and numbered.list = lists.list
        and lists.candidate = 0
left join repeated using (station, list, candidate)
where rule is not null;

insert into fault_totals
select getvariable('file'), count(*)
from broken;

-- The first of them are listed with what is there.
create or replace table listed as
select * from broken
qualify row_number() over (order by line) <= getvariable('listed');

insert into faults
with texts as (
    select row_number() over () + 1 as line, string_split(line, ',') as cells
    from read_lines(getvariable('path'), 1)
),

malformed as (
    select
        line,
        len(cells) as cells,
        cells[getvariable('station')] as station,
        cells[getvariable('list')] as list,
        cells[getvariable('candidate')] as candidate,
        cells[getvariable('votes')] as votes
    from texts
    where line in (select line from listed where rule = 'malformed')
),

others as (
    select
        listed.*,
        numbered.* exclude (line),
        numbered.station % 10000000000 as code,
        concat_ws(', candidate ', numbered.list, nullif(numbered.candidate, 0)) as numbers
    from numbered
    inner join listed on numbered.line = listed.line
    where listed.rule <> 'malformed'
)

select
    getvariable('file'),
    line,
    coalesce(
        fault(
            'count_cells', cells <> 4, if(cells = 1 and station = '', 'a blank line', cells || ' cells'), null
        ),
        fault('count_station', code(unquoted(station)) is null, quoted(station), null),
        fault('count_list', whole_number(unquoted(list), 1, 99999) is null, quoted(list), null),
        fault(
            'count_candidate', unquoted(candidate) <> '' and whole_number(unquoted(candidate), 0, 99999) is null,
            quoted(candidate), null
        ),
        fault('count_votes', true, quoted(votes), null)
    )
from malformed
union all
select
    getvariable('file'),
    line,
    case rule
        when 'no_station' then [rule, code::varchar, election_id]
        when 'station_elsewhere' then [rule, code || ', in ' || governorate_id, only_governorate_id]
        when 'count_twice'
            then [rule, 'station ' || code || ', list ' || numbers || ' a second time', file_name || ':' || first_line]
        else [rule, numbers, governorate_id]
    end
from others;
