-- Adopts one claim for each figure. The rule, in order:
-- 1. a printed figure, or what we add up from all stations, over what we add up from a part of them;
-- 2. the latest stage: amended, final, undated, preliminary (stages.rank);
-- 3. the source closest to the count: from the commission to a blog (source_kinds.rank);
-- 4. a printed figure over one that we add up from stations;
-- 5. a source of its own over one that copies another;
-- 6. a table that names its source over one that names none;
-- 7. a table over running text;
-- 8. the later document, then the order of the ids, so that the choice never depends on chance.
-- A decision overrides the rule; decisions say why.
update figures set adopted_claim_id = ranked.claim_id
from (
    select
        claims.id as claim_id,
        claims.figure_id,
        row_number() over (
            partition by claims.figure_id
            order by
                claims.stations is not claims.stations_of,
                stages.rank,
                source_kinds.rank,
                claims.basis = 'added_up',
                sources.copied_from is not null,
                source_tables.cites is null,
                source_tables.kind = 'statements',
                sources.published_on desc,
                claims.id
        ) as place
    from claims
    inner join stages on claims.stage = stages.id
    inner join sources on claims.source_id = sources.id
    inner join source_kinds on sources.kind = source_kinds.id
    inner join source_tables on claims.source_table_id = source_tables.id
    where claims.value is not null and claims.figure_id is not null
) as ranked
where figures.id = ranked.figure_id and ranked.place = 1;

update figures set adopted_claim_id = decisions.adopted_claim_id, decision_id = decisions.id
from decisions
where figures.id = decisions.figure_id;
