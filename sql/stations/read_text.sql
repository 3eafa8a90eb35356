-- Reads the rows of a tree of stations or of a ballot.
insert into lines
select getvariable('file'), row_number() over () + 1, cells(line)
from read_lines(getvariable('path'), 1);
