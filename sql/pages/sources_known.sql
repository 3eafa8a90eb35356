-- The documents: who published them, how they were read, and how many cells were transcribed.
select
    sources.id as source_id,
    sources.title,
    sources.publisher,
    sources.kind,
    source_kinds.title as kind_title,
    sources.language,
    sources.transcription,
    sources.published_on,
    sources.url,
    sources.licence,
    sources.copied_from,
    count(claims.id) as claims,
    count(distinct claims.election_id) as elections,
    min(claims.election_id) as election_id
from sources
inner join source_kinds on sources.kind = source_kinds.id
left join claims on sources.id = claims.source_id
group by sources.id
order by sources.transcription = 'noted', count(claims.id) desc, sources.id;
