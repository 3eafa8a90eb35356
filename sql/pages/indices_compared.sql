-- Fragmentation and proportionality of each council and of each election as a whole.
-- election: an id of the table elections; empty for all.
select
    indices.election_id,
    indices.level,
    indices.governorate_id,
    indices.governorate,
    governorates.name_ar as governorate_ar,
    indices.contest_id,
    indices.seats,
    indices.seats_unfilled,
    indices.lists_with_seats,
    round(indices.effective_parties_votes_low, 2) as effective_parties_votes_low,
    round(indices.effective_parties_votes_high, 2) as effective_parties_votes_high,
    round(indices.effective_parties_seats_low, 2) as effective_parties_seats_low,
    round(indices.effective_parties_seats_high, 2) as effective_parties_seats_high,
    round(indices.gallagher_low, 2) as gallagher_low,
    round(indices.gallagher_high, 2) as gallagher_high,
    round(indices.loosemore_hanby_low, 2) as loosemore_hanby_low,
    round(indices.loosemore_hanby_high, 2) as loosemore_hanby_high,
    indices.votes,
    indices.wasted_votes,
    round(indices.wasted_share_low, 2) as wasted_share_low,
    round(indices.wasted_share, 2) as wasted_share
from indices
left join governorates on indices.governorate_id = governorates.id
where :election in ('', indices.election_id)
order by
    indices.level desc,
    indices.governorate,
    (select elections.polling_date from elections where elections.id = indices.election_id);
