-- A number of seats printed for a council, or for all of them, is the number to be filled.
with scopes as (
    select distinct
        election_id,
        null as reporting_unit_id,
        governorate_id as within_id,
        governorate_id
    from contests
    union all
    select distinct
        election_id,
        null,
        null,
        governorate_id
    from contests
    union all
    select distinct
        contests.election_id,
        group_members.reporting_unit_id,
        null,
        group_members.governorate_id
    from contests
    inner join group_members on contests.governorate_id = group_members.governorate_id
),

-- Null where the size of some council is not known.
sizes as (
    select
        scopes.election_id,
        scopes.within_id as governorate_id,
        scopes.reporting_unit_id,
        iif(count(*) = count(council_sizes.seats), sum(council_sizes.seats), null) as seats,
        iif(count(*) = count(council_sizes.general_seats), sum(council_sizes.general_seats), null) as general_seats,
        iif(count(*) = count(council_sizes.component_seats), sum(council_sizes.component_seats), null)
            as component_seats
    from scopes
    left join council_sizes
        on scopes.election_id = council_sizes.election_id and scopes.governorate_id = council_sizes.governorate_id
    group by scopes.election_id, scopes.within_id, scopes.reporting_unit_id
),

compared as (
    select
        claims.*,
        case claims.measure
            when 'seats' then sizes.seats
            when 'general_seats' then sizes.general_seats
            else sizes.component_seats
        end as size
    from claims
    inner join figures on claims.figure_id = figures.id
    inner join sizes
        on
            claims.election_id = sizes.election_id
            and claims.governorate_id is sizes.governorate_id
            and figures.reporting_unit_id is sizes.reporting_unit_id
    where
        claims.measure in ('seats', 'general_seats', 'component_seats')
        and claims.value is not null
        and figures.subject = 'place'
)

select
    compared.id,
    case
        when compared.size is null then 'not_checkable'
        when compared.value = compared.size then 'holds'
        else 'fails'
    end as status,
    compared.election_id,
    compared.governorate_id,
    null as list_id,
    compared.source_id,
    figure_names.name || ': ' || measures.title as subject,
    compared.size as expected,
    compared.value as found,
    compared.value - compared.size as difference,
    json_array(compared.id) as claim_ids,
    (select decisions.id from decisions where decisions.figure_id = compared.figure_id) as decision_id
from compared
inner join figure_names on compared.figure_id = figure_names.figure_id
inner join measures on compared.measure = measures.id;
