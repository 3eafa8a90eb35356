-- What each party won in each governorate in an earlier and in a later election, for any two elections. Strict: lists
-- that are the party's own. Lenient: also alliances that it was a member of there; such a list stands for each of its
-- members, so lenient rows of different parties overlap and must not be added up.
-- A party that became another between the two elections (party_links) has one row with it, under the name of the later
-- one; parties that merged are added up, and so are the parts of one that split. party_ids has all that are counted.
-- Null where the party did not stand or a part of the figure is not known; the status says which.
-- Kept as rows when the database is built (build_db.keep_rows).
create view swing as
with recursive pairs as (
    select
        earlier.id as earlier_election_id,
        later.id as later_election_id,
        earlier.polling_date as earlier_date,
        later.polling_date as later_date
    from elections as earlier
    inner join elections as later on (earlier.polling_date, earlier.id) < (later.polling_date, later.id)
),

took_part as (
    select
        lists.party_id,
        lists.election_id
    from lists
    where lists.party_id is not null
    union
    select
        list_members.party_id,
        lists.election_id
    from list_members
    inner join lists on list_members.list_id = lists.id
),

descendants as (
    select
        party_links.later_party_id as party_id,
        party_links.later_party_id as descendant_id
    from party_links
    union
    select
        descendants.party_id,
        party_links.later_party_id
    from descendants
    inner join party_links on descendants.descendant_id = party_links.earlier_party_id
),

-- When a successor, or what became of it, first stood.
begun as (
    select
        descendants.party_id,
        min(elections.polling_date) as first_date
    from descendants
    inner join took_part on descendants.descendant_id = took_part.party_id
    inner join elections on took_part.election_id = elections.id
    group by descendants.party_id
),

ended as (
    select
        took_part.party_id,
        max(elections.polling_date) as last_date
    from took_part
    inner join elections on took_part.election_id = elections.id
    group by took_part.party_id
),

-- The links that lie between two elections: the successor stands for the first time after the earlier one, or it was
-- there before and the other party is gone by the later one.
between_them as (
    select
        pairs.earlier_election_id,
        pairs.later_election_id,
        party_links.earlier_party_id,
        party_links.later_party_id,
        party_links.kind
    from pairs
    inner join begun on pairs.later_date >= begun.first_date
    inner join party_links on begun.party_id = party_links.later_party_id
    left join ended on party_links.earlier_party_id = ended.party_id
    where
        begun.first_date > pairs.earlier_date
        or (party_links.kind <> 'split' and coalesce(ended.last_date < pairs.later_date, 1))
),

related as (
    select
        pairs.earlier_election_id,
        pairs.later_election_id,
        took_part.party_id,
        took_part.party_id as relative_id
    from pairs
    inner join took_part on took_part.election_id in (pairs.earlier_election_id, pairs.later_election_id)
    union
    select
        related.earlier_election_id,
        related.later_election_id,
        related.party_id,
        iif(
            related.relative_id = between_them.earlier_party_id,
            between_them.later_party_id,
            between_them.earlier_party_id
        )
    from related
    inner join between_them
        on
            related.earlier_election_id = between_them.earlier_election_id
            and related.later_election_id = between_them.later_election_id
            and related.relative_id in (between_them.earlier_party_id, between_them.later_party_id)
),

-- The name of a family: the party of it that stood in the later election, a successor before what it succeeds.
placed as (
    select
        related.*,
        row_number() over (
            partition by related.earlier_election_id, related.later_election_id, related.party_id
            order by
                took_part.party_id is null,
                exists (
                    select 1 from between_them
                    where
                        between_them.earlier_election_id = related.earlier_election_id
                        and between_them.later_election_id = related.later_election_id
                        and between_them.earlier_party_id = related.relative_id
                        and between_them.kind <> 'split'
                ),
                related.relative_id
        ) as place
    from related
    left join took_part
        on related.relative_id = took_part.party_id and related.later_election_id = took_part.election_id
),

families as materialized (
    select
        earlier_election_id,
        later_election_id,
        party_id,
        relative_id as family_id
    from placed
    where place = 1
),

mapped as (
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

standing as materialized (
    select
        mapped.mapping,
        mapped.party_id,
        stood.election_id,
        stood.governorate_id,
        stood.contest_id,
        stood.list_id,
        stood.candidate_id,
        iif(stood.votes_stations is stood.votes_stations_of, stood.votes, null) as votes,
        stood.vote_share,
        stood.vote_share_of,
        stood.seats
    from mapped
    inner join seats_by_governorate as stood
        on
            mapped.list_id = stood.list_id
            and coalesce(mapped.governorate_id, stood.governorate_id) = stood.governorate_id
),

-- Once, even for a member everywhere that is also named in a governorate, or for an alliance of two of a family.
counted as (
    select distinct
        families.earlier_election_id,
        families.later_election_id,
        families.family_id,
        standing.mapping,
        standing.governorate_id,
        standing.election_id,
        standing.list_id,
        standing.contest_id,
        standing.candidate_id,
        standing.votes,
        standing.vote_share,
        standing.vote_share_of,
        standing.seats
    from standing
    inner join families
        on
            standing.party_id = families.party_id
            and standing.election_id in (families.earlier_election_id, families.later_election_id)
),

won as materialized (
    select
        earlier_election_id,
        later_election_id,
        family_id,
        mapping,
        governorate_id,
        election_id,
        json_group_array(distinct list_id) as list_ids,
        iif(count(*) = count(votes), sum(votes), null) as votes,
        iif(count(*) = count(vote_share), sum(vote_share), null) as vote_share,
        max(vote_share_of) as vote_share_of,
        iif(count(*) = count(seats), sum(seats), null) as seats
    from counted
    group by earlier_election_id, later_election_id, family_id, mapping, governorate_id, election_id
),

-- How far each council is known.
councils as materialized (
    select
        election_id,
        governorate_id,
        sum(seats_unfilled) as seats_unfilled,
        max(names) > 0 as is_entered,
        min(votes_known = 'all') as is_named
    from completeness
    group by election_id, governorate_id
),

named as (
    select
        families.earlier_election_id,
        families.later_election_id,
        families.family_id,
        json_group_array(distinct families.party_id) as party_ids
    from families
    group by families.earlier_election_id, families.later_election_id, families.family_id
),

stood as (
    select distinct
        earlier_election_id,
        later_election_id,
        family_id,
        mapping,
        governorate_id
    from won
)

select
    stood.earlier_election_id,
    stood.later_election_id,
    stood.family_id as party_id,
    stood.governorate_id,
    stood.mapping,
    parties.name as party,
    governorates.name as governorate,
    named.party_ids,
    earlier.list_ids as earlier_list_ids,
    later.list_ids as later_list_ids,
    case
        when earlier_council.election_id is null then 'no vote'
        when earlier.election_id is not null then 'stood'
        when not earlier_council.is_entered then 'not entered'
        when earlier_council.is_named then 'no list'
        else 'none known'
    end as earlier_status,
    case
        when later_council.election_id is null then 'no vote'
        when later.election_id is not null then 'stood'
        when not later_council.is_entered then 'not entered'
        when later_council.is_named then 'no list'
        else 'none known'
    end as later_status,
    earlier.votes as earlier_votes,
    later.votes as later_votes,
    earlier.vote_share as earlier_vote_share,
    earlier.vote_share_of as earlier_vote_share_of,
    later.vote_share as later_vote_share,
    later.vote_share_of as later_vote_share_of,
    later.vote_share - earlier.vote_share as vote_share_change,
    earlier.seats as earlier_seats,
    later.seats as later_seats,
    later.seats - earlier.seats as seats_change,
    earlier_council.seats_unfilled as earlier_seats_unfilled,
    later_council.seats_unfilled as later_seats_unfilled
from stood
inner join parties on stood.family_id = parties.id
inner join governorates on stood.governorate_id = governorates.id
inner join named
    on
        stood.earlier_election_id = named.earlier_election_id
        and stood.later_election_id = named.later_election_id
        and stood.family_id = named.family_id
left join councils as earlier_council
    on
        stood.governorate_id = earlier_council.governorate_id
        and stood.earlier_election_id = earlier_council.election_id
left join councils as later_council
    on stood.governorate_id = later_council.governorate_id and stood.later_election_id = later_council.election_id
left join won as earlier
    on
        stood.earlier_election_id = earlier.earlier_election_id
        and stood.later_election_id = earlier.later_election_id
        and stood.family_id = earlier.family_id
        and stood.mapping = earlier.mapping
        and stood.governorate_id = earlier.governorate_id
        and stood.earlier_election_id = earlier.election_id
left join won as later
    on
        stood.earlier_election_id = later.earlier_election_id
        and stood.later_election_id = later.later_election_id
        and stood.family_id = later.family_id
        and stood.mapping = later.mapping
        and stood.governorate_id = later.governorate_id
        and stood.later_election_id = later.election_id;
