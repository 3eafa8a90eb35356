-- The first divisors under which the votes give the official seats, a row a contest whose votes are known.
-- election: an id of the table elections; empty for all.
-- governorate: an id, such as kirkuk; empty for all.
-- The ends within are rounded inwards to four decimals: what is written fits.
select
    implied_divisor.*,
    (10000 * lower_numerator + lower_denominator - 1) / lower_denominator / 10000.0 as lower_within,
    10000 * upper_numerator / upper_denominator / 10000.0 as upper_within,
    governorates.name_ar as governorate_ar,
    seat_types.title as seat_type_title,
    seat_types.title_ar as seat_type_title_ar
from implied_divisor
inner join governorates on implied_divisor.governorate_id = governorates.id
inner join seat_types on implied_divisor.seat_type = seat_types.id
where
    :election in ('', implied_divisor.election_id)
    and :governorate in ('', implied_divisor.governorate_id)
order by
    (select elections.polling_date from elections where elections.id = implied_divisor.election_id) desc,
    implied_divisor.governorate,
    implied_divisor.seat_type;
