-- A party in an earlier and in a later election, by governorate: on its own lists only (strict), or also through
-- alliances (lenient).
-- earlier: an id of the table elections; empty for all.
-- later: an id of the table elections; empty for all.
-- party: an id, such as state-of-law-coalition; empty for all.
-- has_alliance: whether a lenient row counts other lists than the strict one of the same place.
-- is_consecutive: whether the governorate elected no other council in between.
select
    swing.earlier_election_id,
    pair.earlier_election,
    pair.earlier_election_ar,
    swing.later_election_id,
    pair.later_election,
    pair.later_election_ar,
    swing.mapping,
    swing.party_id,
    swing.party,
    coalesce(parties.name_ar, swing.party) as party_ar,
    swing.party_ids,
    swing.governorate_id,
    swing.governorate,
    governorates.name_ar as governorate_ar,
    swing.earlier_status,
    swing.later_status,
    swing.earlier_votes,
    swing.later_votes,
    round(swing.vote_share_change, 2) as vote_share_change,
    swing.earlier_seats,
    swing.later_seats,
    swing.seats_change,
    swing.earlier_seats_unfilled,
    swing.later_seats_unfilled,
    swing.mapping = 'lenient' and not exists (
        select 1
        from swing as strict
        where
            strict.mapping = 'strict'
            and strict.earlier_election_id = swing.earlier_election_id
            and strict.later_election_id = swing.later_election_id
            and strict.party_id = swing.party_id
            and strict.governorate_id = swing.governorate_id
            and strict.earlier_list_ids is swing.earlier_list_ids
            and strict.later_list_ids is swing.later_list_ids
    ) as has_alliance,
    not exists (
        select 1
        from contests
        inner join elections on contests.election_id = elections.id
        where
            contests.governorate_id = swing.governorate_id
            and elections.id not in (swing.earlier_election_id, swing.later_election_id)
            and elections.polling_date between pair.earlier_polling_date and pair.later_polling_date
    ) as is_consecutive
from swing
inner join election_pairs as pair
    on swing.earlier_election_id = pair.earlier_election_id and swing.later_election_id = pair.later_election_id
inner join parties on swing.party_id = parties.id
inner join governorates on swing.governorate_id = governorates.id
where
    :earlier in ('', swing.earlier_election_id)
    and :later in ('', swing.later_election_id)
    and (:party in ('', swing.party_id) or exists (select 1 from json_each(swing.party_ids) where value = :party))
order by
    swing.mapping desc,
    swing.party,
    pair.later_polling_date desc,
    pair.earlier_polling_date desc,
    swing.governorate;
