-- Lines of a ballot that have the numbers of another, and stations that are listed already in their election.
insert into faults
select file, line, fault('line_twice', true, id || ' a second time', first_value(told_place) over same)
from ballot_rows
window same as (partition by id order by file, line)
qualify row_number() over same > 1;

insert into faults
select
    file,
    line,
    fault('station_twice', true, code(cell['station']) || ' a second time', first_value(told_place) over same)
from rows
where kind <> 'ballot'
window same as (partition by election_id, code(cell['station']) order by file, line)
qualify row_number() over same > 1;
