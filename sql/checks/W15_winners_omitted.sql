-- A source that lists the seats of a council names everyone whom another source seats.
with listing as (
    select
        claims.source_id,
        claims.election_id,
        claims.governorate_id,
        count(*) as names,
        sum(claims.value) as seats,
        json_group_array(claims.id) as claim_ids
    from claims
    inner join figures on claims.figure_id = figures.id
    inner join contests on figures.contest_id = contests.id
    inner join sources on claims.source_id = sources.id
    -- Of a source that was only noted, what is left out may be left out by us.
    where sources.transcription = 'verbatim' and claims.measure = 'seats' and claims.stage in ('final', 'undated')
    group by claims.source_id, claims.election_id, claims.governorate_id
    -- Fewer lists are a mention, not a listing of the council.
    having count(claims.value) filter (where contests.seat_type = 'general') >= 3
)

select
    listing.source_id || '-' || results.id as id,
    'fails' as status,
    listing.election_id,
    listing.governorate_id,
    results.list_id,
    listing.source_id,
    coalesce(lists.name, candidates.name)
    || ', '
    || governorates.name
    || ', '
    || listing.election_id
    || ': '
    || seat_types.title
    || ' seat' as subject,
    results.seats as expected,
    null as found,
    null as difference,
    iif(
        results.seats_claim_id is null,
        listing.claim_ids,
        json_insert(listing.claim_ids, '$[#]', results.seats_claim_id)
    ) as claim_ids,
    results.seats_decision_id as decision_id
from listing
inner join contests
    on listing.election_id = contests.election_id and listing.governorate_id = contests.governorate_id
inner join results on contests.id = results.contest_id
inner join governorates on contests.governorate_id = governorates.id
inner join seat_types on contests.seat_type = seat_types.id
left join lists on results.list_id = lists.id
left join candidates on results.candidate_id = candidates.id
where
    results.seats > 0
    and not exists (
        select 1 from claims
        inner join figures on claims.figure_id = figures.id
        where
            claims.source_id = listing.source_id
            and claims.measure = 'seats'
            and figures.contest_id = results.contest_id
            and coalesce(figures.list_id, figures.candidate_id) = coalesce(results.list_id, results.candidate_id)
    );
