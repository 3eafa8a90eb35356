-- The stations, each with its centre.
create table stations as
select
    election_id,
    source_table_id,
    governorate_id,
    unit_id,
    election_id || '-centre-' || code(cell['centre']) as centre_id,
    election_id || '-station-' || code(cell['station']) as id,
    year::bigint * 10000000000 + code(cell['station']) as number,
    nullif(cell['name'], '') as name,
    nullif(cell['name_ar'], '') as name_ar,
    nullif(cell['registered_voters'], '')::integer as registered_voters,
    nullif(cell['ballots_cast'], '')::integer as ballots_cast
from rows
where kind <> 'ballot';
