-- Each station at which a check of the audit fails, with the code of the check and the two figures.
create view station_findings as
select
    reporting_unit_id,
    number as station_number,
    election_id,
    governorate_id,
    centre_id,
    'W25' as code,
    ballots_cast as expected,
    votes as found
from stations
where votes > ballots_cast
union all
select
    reporting_unit_id,
    number,
    election_id,
    governorate_id,
    centre_id,
    'W26',
    registered_voters,
    ballots_cast
from stations
where ballots_cast > registered_voters
union all
select
    reporting_unit_id,
    number,
    election_id,
    governorate_id,
    centre_id,
    'W27',
    0,
    lists_below_candidates
from stations
where lists_below_candidates > 0
union all
select
    reporting_unit_id,
    number,
    election_id,
    governorate_id,
    centre_id,
    'W28',
    null,
    null
from stations
where
    votes is null
    -- Where nothing at all is counted, nothing is missing.
    and (election_id, governorate_id) in (
        select
            ballot_lines.election_id,
            ballot_lines.governorate_id
        from ballot_lines
        where ballot_lines.candidate_number = 0 and ballot_lines.votes is not null
    );
