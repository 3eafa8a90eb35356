-- The rows of a source's tables of a governorate add up to the votes that its text states.
with stated as (
    select
        claims.*,
        figures.reporting_unit_id
    from claims
    inner join figures on claims.figure_id = figures.id
    inner join sources on claims.source_id = sources.id
    where
        claims.measure = 'votes'
        and claims.name_as_printed is null
        and claims.basis = 'printed'
        and figures.subject = 'place'
        and sources.transcription = 'verbatim'
)

select
    stated.id,
    case
        when sum(claims.value) > stated.value then 'fails'
        when sum(claims.value) = stated.value then 'holds'
        when count(*) > count(claims.value) then 'not_checkable'
        else 'fails'
    end as status,
    stated.election_id,
    stated.governorate_id,
    null as list_id,
    stated.source_id,
    figure_names.name || ': Votes' as subject,
    stated.value as expected,
    sum(claims.value) as found,
    sum(claims.value) - stated.value as difference,
    json_insert(json_group_array(claims.id), '$[#]', stated.id) as claim_ids,
    null as decision_id
from stated
inner join claims
    on
        stated.source_id = claims.source_id
        and stated.election_id = claims.election_id
        and stated.governorate_id = claims.governorate_id
inner join figures
    on claims.figure_id = figures.id and stated.reporting_unit_id is figures.reporting_unit_id
inner join figure_names on stated.figure_id = figure_names.figure_id
where
    claims.measure = 'votes'
    and claims.basis = 'printed'
    and figures.subject <> 'place'
    -- The votes of a list's candidates are in the list's already.
    and not (figures.subject = 'candidate' and figures.contest_id is null)
group by stated.id;
