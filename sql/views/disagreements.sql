-- Each claim that states another value for a figure than the claim adopted for it (or, where a decision adopts a value
-- that nobody prints, than that value). A preliminary figure that a later one replaces is no disagreement, nor is the
-- sum of a part of the stations, unless it is more than the whole.
-- Kept as rows when the database is built (build_db.keep_rows).
create view disagreements as
with ranked as (
    select
        claims.*,
        stages.rank as stage_rank,
        source_kinds.rank as kind_rank,
        claims.basis = 'added_up' as is_sum,
        claims.stations is not claims.stations_of as is_part,
        sources.copied_from is not null as is_copy,
        source_tables.cites is null as names_no_source,
        source_tables.kind = 'statements' as is_text
    from claims
    inner join stages on claims.stage = stages.id
    inner join sources on claims.source_id = sources.id
    inner join source_kinds on sources.kind = source_kinds.id
    inner join source_tables on claims.source_table_id = source_tables.id
    where claims.value is not null and claims.figure_id is not null
)

select
    figures.id as figure_id,
    figures.election_id,
    figures.governorate_id,
    figures.contest_id,
    figures.list_id,
    figures.candidate_id,
    units.id as reporting_unit_id,
    figures.measure,
    coalesce(units.name, governorates.name, electorates.electorate) as governorate,
    coalesce(lists.name, candidates.name, parties.name, figures.subject) as name,
    adopted.value as adopted_value,
    chosen.source_id as adopted_source_id,
    chosen.stage as adopted_stage,
    adopted.claim_id as adopted_claim_id,
    other.value as other_value,
    other.source_id as other_source_id,
    other.stage as other_stage,
    other.id as other_claim_id,
    other.value - adopted.value as difference,
    case
        when adopted.decision_id is not null then 'decision'
        when chosen.is_part <> other.is_part then 'whole over part'
        when chosen.stage_rank <> other.stage_rank then 'later stage'
        when chosen.kind_rank <> other.kind_rank then 'source closer to the count'
        when chosen.is_sum <> other.is_sum then 'printed over added up'
        when chosen.is_copy <> other.is_copy then 'no copy'
        when chosen.names_no_source <> other.names_no_source then 'names its source'
        when chosen.is_text <> other.is_text then 'table over text'
        else 'order of the sources'
    end as adopted_by,
    adopted.decision_id is not null as settled,
    decisions.basis,
    decisions.reason,
    adopted.decision_id
from figures
inner join electorates on figures.election_id = electorates.election_id
inner join adopted on figures.id = adopted.figure_id
inner join ranked as other on figures.id = other.figure_id
left join ranked as chosen on adopted.claim_id = chosen.id
left join decisions on adopted.decision_id = decisions.id
left join governorates on figures.governorate_id = governorates.id
left join reporting_units as units on figures.reporting_unit_id = units.id and units.kind <> 'governorate'
left join lists on figures.list_id = lists.id
left join candidates on figures.candidate_id = candidates.id
left join parties on figures.party_id = parties.id
where
    other.value <> adopted.value
    and coalesce(chosen.is_part, 0) = 0
    and (not other.is_part or other.value > adopted.value)
    and (
        chosen.id is null
        or chosen.stage = other.stage
        or ('undated' in (chosen.stage, other.stage) and 'preliminary' not in (chosen.stage, other.stage))
    );
