-- What the files about polling stations are read into, in DuckDB, before anything of them enters the database.

create table files (
    id smallint primary key, -- number, in the order of reading
    name varchar not null, -- how messages name the file
    header varchar[] not null, -- its columns, in the order of the file
    kind varchar not null, -- stations, stations_in_part, ballot or station_counts
    election_id varchar not null, -- the election
    year integer not null, -- the year of its general vote
    governorate_id varchar, -- the governorate that all its rows must be in, null for any
    source_table_id varchar not null, -- the table that it is
    source_id varchar not null, -- the source of that
    position integer not null, -- its place in the source
    stage_rank integer not null, -- the greater, the earlier the stage of its figures
    vote varchar not null, -- the vote that its ballots are of
    first_row bigint -- rowid of its first count, which is in line 2
);

-- What a row may call a place, in a file.
create table places (file smallint, name varchar, governorate_id varchar, unit_id varchar);

create table seat_types (id varchar);

-- The rows of trees of stations and of ballots; no cells where the quotes are wrong.
create table lines (file smallint, line integer, cells varchar[]);

-- The rows of counts, in the order of the files; nothing where a row is not four numbers. A station is the year of the
-- general vote and the commission's code in ten digits. Candidate 0 is the list itself.
create table counts (file smallint, station bigint, list integer, candidate integer, votes integer);

-- The lines of the ballots whose names are resolved.
create table ballot_lines (
    election_id varchar, governorate_id varchar, list integer, candidate integer,
    contest_id varchar, seat_type varchar, list_id varchar, candidate_id varchar, name varchar
);

-- What is wrong: which of rules.csv a line breaks, what is there, and what the rule is about there.
create table faults (file smallint, line integer, told varchar[]);

-- How many faults a file of counts has.
create table fault_totals (file smallint, faults bigint);

create macro fault(rule, is_wrong, found, about) as (if(is_wrong, [rule, found::varchar, about::varchar], null));

create macro quoted(cell) as ('''' || cell || '''');

create macro unquoted(cell) as (if(regexp_full_match(cell, '"[0-9]*"'), cell[2:-2], cell));

-- A whole number in western digits within bounds, null if the text is none.
create macro whole_number(cell, low, high) as (
    case
        when regexp_full_match(cell, '[0-9]{1,18}') and try_cast(cell as bigint) between low and high
            then try_cast(cell as bigint)
    end
);

create macro code(cell) as (whole_number(cell, 1, 9999999999));

-- The lines of a file, without those above. Only a line break ends a cell: each line is judged by itself.
create macro read_lines(path, above) as table (
    select coalesce(line, '') as line
    from read_csv(
            path,
            auto_detect = false, header = false, skip = above, columns = { 'line': 'varchar' },
            delim = '\x1f', quote = '', escape = '', max_line_size = 100000, buffer_size = 4000000
        )
);

-- The cells of a line, null if a quote is not closed or not doubled.
create macro cells(line) as (
    case
        when not contains(line, '"') then string_split(line, ',')
        when regexp_full_match(line, '("([^"]|"")*"|[^",][^,]*|)(,("([^"]|"")*"|[^",][^,]*|))*')
            then list_transform(
                    regexp_extract_all(',' || line, ',("(?:[^"]|"")*"|[^",][^,]*|)', 1),
                    lambda cell: if(starts_with(cell, '"'), replace(cell[2:-2], '""', '"'), cell)
                )
    end
);

-- The rows of trees of stations and of ballots that are not at fault, each cell by the name of its column.
create view rows as
select
    lines.file,
    lines.line,
    files.name || ':' || lines.line as told_place,
    files.kind,
    files.election_id,
    files.year,
    files.source_table_id,
    files.governorate_id as only_governorate_id,
    places.governorate_id,
    places.unit_id,
    map(files.header, lines.cells) as cell
from lines
inner join files on lines.file = files.id
left join places on lines.file = places.file and places.name = lines.cells[list_position(files.header, 'place')]
anti join faults on lines.file = faults.file and lines.line = faults.line;

create view ballot_rows as
select
    *,
    whole_number(cell['list'], 1, 99999)::integer as list,
    if(cell['candidate'] = '', 0, whole_number(cell['candidate'], 1, 99999)::integer) as candidate,
    concat_ws('-', election_id, governorate_id, list, nullif(candidate, 0)) as id
from rows
where kind = 'ballot';
