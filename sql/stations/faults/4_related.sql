-- Candidates of a list that is not on the ballot, or stands for other seats.
insert into faults
select
    candidates.file,
    candidates.line,
    coalesce(
        fault('no_list', lists.id is null, candidates.list, candidates.governorate_id),
        fault('other_seats', true, quoted(candidates.cell['seat_type']), lists.cell['seat_type'])
    )
from ballot_rows as candidates
left join ballot_rows as lists
    on
        candidates.election_id = lists.election_id
        and candidates.governorate_id = lists.governorate_id
        and candidates.list = lists.list
        and lists.candidate = 0
where candidates.candidate > 0 and candidates.cell['seat_type'] is distinct from lists.cell['seat_type'];

-- Centres that have another place or other names than where they are listed first.
insert into faults
select
    file,
    line,
    fault(
        'other_centre',
        true,
        'centre ' || code(cell['centre']) || ' with '
        || concat_ws(', ', nullif(cell['place'], ''), nullif(cell['name'], ''), nullif(cell['name_ar'], '')),
        first_value(told_place) over same
    )
from rows
where kind <> 'ballot'
window same as (partition by election_id, code(cell['centre']) order by file, line)
qualify first_value([unit_id, cell['name'], cell['name_ar']]) over same <> [unit_id, cell['name'], cell['name_ar']];
