-- How many voted in each governorate, by vote. A governorate that reports in parts (Baghdad) is the sum of its parts,
-- if all of them are known. Where it is also known as a whole, that of the two is taken of which more counts are known,
-- then the one that the rule of adoption would take (sql/adoption/1_figures.sql), then the whole.
-- A governorate that voted and of which nothing is known has a row for the general vote.
-- Kept as rows when the database is built (build_db.keep_rows).
create view turnout_by_governorate as
with parts as (
    select
        governorate_id,
        count(*) as units
    from reporting_units
    where kind = 'electoral_division'
    group by governorate_id
),

bases as (
    select
        turnout.id as turnout_id,
        max(stages.rank) as stage_rank,
        max(source_kinds.rank) as kind_rank,
        max(claims.basis = 'added_up') as is_sum
    from turnout
    inner join claims
        on claims.id in (turnout.registered_voters_claim_id, turnout.ballots_cast_claim_id, turnout.turnout_claim_id)
    inner join stages on claims.stage = stages.id
    inner join sources on claims.source_id = sources.id
    inner join source_kinds on sources.kind = source_kinds.id
    group by turnout.id
),

known as (
    select
        turnout.election_id,
        turnout.governorate_id,
        turnout.vote,
        count(*) as reporting_units,
        iif(count(*) = count(turnout.registered_voters), sum(turnout.registered_voters), null) as registered_voters,
        iif(count(*) = count(turnout.ballots_cast), sum(turnout.ballots_cast), null) as ballots_cast,
        iif(count(*) = 1, max(turnout.turnout_as_printed), null) as turnout_as_printed,
        min(turnout.denominator) as denominator,
        json_group_array(turnout.registered_voters_claim_id)
        filter (where turnout.registered_voters_claim_id is not null) as registered_voters_claim_ids,
        json_group_array(turnout.ballots_cast_claim_id)
        filter (where turnout.ballots_cast_claim_id is not null) as ballots_cast_claim_ids,
        json_group_array(turnout.turnout_claim_id)
        filter (where turnout.turnout_claim_id is not null) as turnout_claim_ids,
        row_number() over (
            partition by turnout.election_id, turnout.governorate_id, turnout.vote
            order by
                (count(*) = count(turnout.registered_voters)) + (count(*) = count(turnout.ballots_cast)) desc,
                max(bases.stage_rank),
                max(bases.kind_rank),
                max(bases.is_sum),
                max(turnout.reporting_unit_id = turnout.governorate_id) desc
        ) as place
    from turnout
    left join bases on turnout.id = bases.turnout_id
    left join parts on turnout.governorate_id = parts.governorate_id
    group by
        turnout.election_id,
        turnout.governorate_id,
        turnout.vote,
        turnout.reporting_unit_id = turnout.governorate_id
    having max(turnout.reporting_unit_id = turnout.governorate_id) or count(*) = max(parts.units)
),

reported as (
    select * from known
    where place = 1
),

places as (
    select
        election_id,
        governorate_id,
        'general' as vote
    from contests
    union
    select
        election_id,
        governorate_id,
        vote
    from reported
)

select
    places.election_id,
    places.governorate_id,
    places.vote,
    governorates.name as governorate,
    reported.registered_voters,
    reported.ballots_cast,
    100.0 * reported.ballots_cast / reported.registered_voters as turnout,
    reported.turnout_as_printed,
    reported.denominator,
    reported.reporting_units,
    reported.registered_voters_claim_ids,
    reported.ballots_cast_claim_ids,
    reported.turnout_claim_ids
from places
inner join governorates on places.governorate_id = governorates.id
left join reported
    on
        places.election_id = reported.election_id
        and places.governorate_id = reported.governorate_id
        and places.vote = reported.vote;
