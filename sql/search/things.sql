-- What a page needs to show the things that were found and to link to them: of an election asked for first, then the
-- closest, then who won most seats, then by name. Seats are those won in all contests.
with
won as (
    select results.list_id, results.candidate_id, results.seats
    from results
    where results.seats is not null
),

wanted as (
    select
        ids.value ->> 'kind' as kind,
        ids.value ->> 'id' as id,
        ids.value ->> 'way' as way,
        ids.value ->> 'matched' as matched
    from json_each(:wanted) as ids
),

things as (
    select
        'governorate' as kind,
        governorates.id,
        governorates.name,
        governorates.name_ar,
        null as election_id,
        null as governorate_id,
        null as seat_type,
        null as contest_id,
        null as list_id,
        null as seats
    from governorates
    where governorates.id in (select wanted.id from wanted)
    union all
    select
        'party',
        parties.id,
        parties.name,
        parties.name_ar,
        null,
        null,
        null,
        null,
        null,
        (
            select sum(won.seats)
            from won
            inner join lists on won.list_id = lists.id
            where lists.party_id = parties.id
        )
    from parties
    where parties.id in (select wanted.id from wanted)
    union all
    select
        'list',
        lists.id,
        lists.name,
        lists.name_ar,
        lists.election_id,
        null,
        null,
        null,
        null,
        (select sum(won.seats) from won where won.list_id = lists.id)
    from lists
    where lists.id in (select wanted.id from wanted)
    union all
    select
        'candidate',
        candidates.id,
        candidates.name,
        candidates.name_ar,
        contests.election_id,
        contests.governorate_id,
        contests.seat_type,
        contests.id,
        candidates.list_id,
        (select sum(won.seats) from won where won.candidate_id = candidates.id)
    from candidates
    inner join contests on candidates.contest_id = contests.id
    where candidates.id in (select wanted.id from wanted)
)

select
    things.*,
    wanted.way,
    wanted.matched
from things
inner join wanted on things.kind = wanted.kind and things.id = wanted.id
order by
    :elections <> '[]'
    and things.election_id is not null
    and things.election_id not in (select elections.value from json_each(:elections) as elections),
    wanted.way,
    coalesce(things.seats, 0) desc,
    instr('governorate party list candidate', things.kind),
    things.name,
    things.id;
