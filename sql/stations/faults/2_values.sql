-- What is wrong with the values of a row of a tree of stations by themselves.
insert into faults
select file, line, told
from (
    select
        file,
        line,
        unnest([
            fault('centre', code(cell['centre']) is null, quoted(cell['centre']), null),
            fault('station', code(cell['station']) is null, quoted(cell['station']), null),
            fault(
                'registered_voters',
                cell['registered_voters'] <> '' and whole_number(cell['registered_voters'], 1, 99999) is null,
                quoted(cell['registered_voters']), null
            ),
            fault(
                'ballots_cast', cell['ballots_cast'] <> '' and whole_number(cell['ballots_cast'], 0, 99999) is null,
                quoted(cell['ballots_cast']), null
            ),
            fault('division', governorate_id is null, quoted(cell['place']), null),
            fault('elsewhere', governorate_id <> only_governorate_id, quoted(cell['place']), only_governorate_id)
        ]) as told
    from rows
    where kind <> 'ballot'
)
where told is not null;

-- The same of a ballot.
insert into faults
select file, line, told
from (
    select
        file,
        line,
        unnest([
            fault('list', whole_number(cell['list'], 1, 99999) is null, quoted(cell['list']), null),
            fault(
                'candidate', cell['candidate'] <> '' and whole_number(cell['candidate'], 1, 99999) is null,
                quoted(cell['candidate']), null
            ),
            fault('name', cell['name'] = '' and cell['name_ar'] = '', 'an empty cell', null),
            fault('seat_type', cell['seat_type'] not in (select id from seat_types), quoted(cell['seat_type']), null),
            fault('governorate', unit_id is null or unit_id <> governorate_id, quoted(cell['place']), null),
            fault(
                'elsewhere', unit_id = governorate_id and governorate_id <> only_governorate_id, quoted(cell['place']),
                only_governorate_id
            )
        ]) as told
    from rows
    where kind = 'ballot'
)
where told is not null;
