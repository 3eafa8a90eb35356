-- What is wrong with the form of the rows of trees of stations and of ballots: the number of their cells.
insert into faults
select
    lines.file,
    lines.line,
    coalesce(
        fault('quotes', cells is null, 'a quoting error', null),
        fault('cells', len(cells) <> len(header), if(cells = [''], 'a blank line', len(cells) || ' cells'), len(header))
    ) as told
from lines
inner join files on lines.file = files.id
where told is not null;

-- The text of each cell.
insert into faults
select
    file,
    line,
    coalesce(
        fault('long', length(cell) > 5000, quoted(cell), name),
        fault('space', regexp_matches(cell, '^[\pZ\s]|[\pZ\s]$'), quoted(cell), name),
        fault('control', regexp_matches(cell, '\p{Cc}'), quoted(cell), name),
        fault('composed', nfc_normalize(cell) <> cell, quoted(cell), name)
    ) as told
from (select file, line, unnest(map_keys(cell)) as name, unnest(map_values(cell)) as cell from rows)
where told is not null;
