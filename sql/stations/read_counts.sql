-- Reads the rows of a file of counts. The patterns say what four numbers look like, in the order of the columns: plain,
-- and with quotes.
update files set first_row = (select count(*) from counts) where id = getvariable('file');

insert into counts
select
    getvariable('file'),
    getvariable('year')::bigint * 10000000000 + cells[getvariable('station')]::bigint,
    cells[getvariable('list')]::integer,
    coalesce(try_cast(cells[getvariable('candidate')] as integer), 0),
    cells[getvariable('votes')]::integer
from (
    select
        string_split(
            case
                when regexp_full_match(line, getvariable('plain')) then line
                when regexp_full_match(line, getvariable('quoted')) then replace(line, '"', '')
            end,
            ','
        ) as cells
    from read_lines(getvariable('path'), 1)
);
