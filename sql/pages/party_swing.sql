-- A party in 2013 against 2023, by governorate: on its own lists only (strict), or also through alliances (lenient).
-- party: an id, such as state-of-law-coalition; empty for all.
select
    swing.mapping,
    swing.party_id,
    swing.party,
    coalesce(parties.name_ar, swing.party) as party_ar,
    swing.governorate_id,
    swing.governorate,
    governorates.name_ar as governorate_ar,
    swing.votes_2013,
    swing.votes_2023,
    round(swing.vote_share_change, 2) as vote_share_change,
    swing.seats_2013,
    swing.seats_2023,
    swing.seats_change
from swing
inner join parties on swing.party_id = parties.id
inner join governorates on swing.governorate_id = governorates.id
where :party in ('', swing.party_id)
order by swing.mapping desc, swing.party, swing.governorate;
