-- What each party won in each governorate in 2013 and in 2023. Strict: lists that are the party's own. Lenient: also
-- alliances that it was a member of there; such a list stands for each of its members, so lenient rows of different
-- parties overlap and must not be added up. Null where the party did not stand, or the figure is not known.
-- Kept as rows when the database is built (build_db.keep_rows).
create view swing as
with mapped as (
    select
        'strict' as mapping,
        lists.party_id,
        lists.id as list_id,
        null as governorate_id
    from lists
    where lists.party_id is not null
    union
    select
        'lenient',
        lists.party_id,
        lists.id,
        null
    from lists
    where lists.party_id is not null
    union
    select
        'lenient',
        list_members.party_id,
        list_members.list_id,
        list_members.governorate_id
    from list_members
),

-- Once, even for a member everywhere that is also named in a governorate.
standing as (
    select distinct
        mapped.mapping,
        mapped.party_id,
        seats_by_governorate.*
    from mapped
    inner join seats_by_governorate
        on
            mapped.list_id = seats_by_governorate.list_id
            and coalesce(mapped.governorate_id, seats_by_governorate.governorate_id)
            = seats_by_governorate.governorate_id
),

won as (
    select
        mapping,
        party_id,
        governorate_id,
        election_id,
        json_group_array(list_id) as list_ids,
        iif(count(*) = count(votes) filter (where votes_stations is votes_stations_of), sum(votes), null) as votes,
        iif(count(*) = count(vote_share), sum(vote_share), null) as vote_share,
        iif(count(*) = count(seats), sum(seats), null) as seats
    from standing
    group by mapping, party_id, governorate_id, election_id
),

stood as (
    select
        mapping,
        party_id,
        governorate_id
    from won
    group by mapping, party_id, governorate_id
)

select
    stood.party_id,
    stood.governorate_id,
    stood.mapping,
    parties.name as party,
    governorates.name as governorate,
    earlier.list_ids as list_ids_2013,
    later.list_ids as list_ids_2023,
    earlier.votes as votes_2013,
    later.votes as votes_2023,
    earlier.vote_share as vote_share_2013,
    later.vote_share as vote_share_2023,
    later.vote_share - earlier.vote_share as vote_share_change,
    earlier.seats as seats_2013,
    later.seats as seats_2023,
    later.seats - earlier.seats as seats_change
from stood
inner join parties on stood.party_id = parties.id
inner join governorates on stood.governorate_id = governorates.id
left join won as earlier
    on
        stood.mapping = earlier.mapping
        and stood.party_id = earlier.party_id
        and stood.governorate_id = earlier.governorate_id
        and earlier.election_id = '2013'
left join won as later
    on
        stood.mapping = later.mapping
        and stood.party_id = later.party_id
        and stood.governorate_id = later.governorate_id
        and later.election_id = '2023';
