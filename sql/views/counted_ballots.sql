-- How the ballots cast were counted, wherever a source prints it, by place and vote.
-- Blank ballots are apart only in some sources; elsewhere they are among the invalid ones.
create view counted_ballots as
with reported as (
    select
        election_id,
        governorate_id,
        reporting_unit_id,
        vote,
        ballots_cast,
        valid_votes,
        invalid_ballots,
        blank_ballots
    from turnout
    union all
    select
        election_id,
        null as governorate_id,
        reporting_unit_id,
        vote,
        ballots_cast,
        valid_votes,
        invalid_ballots,
        blank_ballots
    from national_turnout
)

select
    reported.election_id,
    reported.governorate_id,
    reported.reporting_unit_id,
    reported.vote,
    coalesce(reporting_units.name, electorates.electorate) as place,
    reported.ballots_cast,
    reported.valid_votes,
    reported.invalid_ballots,
    reported.blank_ballots,
    100.0 * (reported.invalid_ballots + coalesce(reported.blank_ballots, 0)) / reported.ballots_cast as invalid_share,
    reported.ballots_cast
    - reported.valid_votes
    - reported.invalid_ballots
    - coalesce(reported.blank_ballots, 0) as difference
from reported
inner join electorates on reported.election_id = electorates.election_id
left join reporting_units on reported.reporting_unit_id = reporting_units.id
where coalesce(reported.valid_votes, reported.invalid_ballots, reported.blank_ballots) is not null;
