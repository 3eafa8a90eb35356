-- A printed rank is that of the votes of the same stage.
with ranks as (
    select
        claims.*,
        figures.contest_id,
        figures.reporting_unit_id
    from claims
    inner join figures on claims.figure_id = figures.id
    where claims.measure = 'rank' and claims.value is not null and figures.contest_id is not null
),

counted as (
    select
        claims.id,
        claims.stage,
        claims.value,
        figures.contest_id,
        figures.reporting_unit_id,
        coalesce(figures.list_id, figures.candidate_id) as name_id,
        row_number() over (partition by figures.id, claims.stage order by claims.value desc) as place
    from claims
    inner join figures on claims.figure_id = figures.id
    where
        claims.measure = 'votes'
        and claims.value is not null
        and figures.contest_id is not null
        -- The votes of a part of the stations have an order of their own.
        and claims.stations is claims.stations_of
),

compared as (
    select
        ranks.id,
        ranks.election_id,
        ranks.governorate_id,
        ranks.list_id,
        ranks.source_id,
        ranks.figure_id,
        ranks.value,
        own.id as own_id,
        own.value as votes,
        count(rivals.id) as names_compared,
        count(rivals.id) filter (where rivals.value > own.value) + 1 as place
    from ranks
    left join counted as own
        on
            ranks.contest_id = own.contest_id
            and ranks.reporting_unit_id is own.reporting_unit_id
            and ranks.stage = own.stage
            and ranks.list_id = own.name_id
            and own.place = 1
    left join counted as rivals
        on
            ranks.contest_id = rivals.contest_id
            and ranks.reporting_unit_id is rivals.reporting_unit_id
            and ranks.stage = rivals.stage
            and rivals.name_id <> own.name_id
            and rivals.place = 1
    group by ranks.id
)

select
    compared.id,
    case
        when compared.votes is null or compared.names_compared = 0 then 'not_checkable'
        when compared.place > compared.value then 'fails'
        when compared.place < compared.value then 'not_checkable'
        else 'holds'
    end as status,
    compared.election_id,
    compared.governorate_id,
    compared.list_id,
    compared.source_id,
    figure_names.name || ': rank' as subject,
    iif(compared.votes is null or compared.names_compared = 0, null, compared.place) as expected,
    compared.value as found,
    iif(compared.votes is null or compared.names_compared = 0, null, compared.value - compared.place) as difference,
    iif(compared.own_id is null, json_array(compared.id), json_array(compared.id, compared.own_id)) as claim_ids,
    null as decision_id
from compared
inner join figure_names on compared.figure_id = figure_names.figure_id;
