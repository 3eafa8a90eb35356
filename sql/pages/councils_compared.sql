-- The councils of two elections side by side: size and strongest list, where it is known.
-- A council whose size is null was elected, and nobody prints its size; voted is 0 where none was elected.
-- earlier: an id of the table elections.
-- later: an id of the table elections.
select
    governorates.id as governorate_id,
    governorates.name as governorate,
    governorates.name_ar as governorate_ar,
    pair.earlier_election,
    pair.earlier_election_ar,
    pair.later_election,
    pair.later_election_ar,
    earlier_size.election_id is not null as earlier_voted,
    later_size.election_id is not null as later_voted,
    earlier_size.seats as earlier_seats,
    later_size.seats as later_seats,
    later_size.seats - earlier_size.seats as seats_change,
    earlier_size.seats - coalesce(earlier_size.adopted_seats, 0) as earlier_seats_unfilled,
    later_size.seats - coalesce(later_size.adopted_seats, 0) as later_seats_unfilled,
    earlier_strongest.list_id as earlier_list_id,
    earlier_strongest.list as earlier_list,
    earlier_strongest.list_ar as earlier_list_ar,
    earlier_strongest.seats as earlier_list_seats,
    later_strongest.list_id as later_list_id,
    later_strongest.list as later_list,
    later_strongest.list_ar as later_list_ar,
    later_strongest.seats as later_list_seats
from election_pairs as pair
cross join governorates
left join council_sizes as earlier_size
    on governorates.id = earlier_size.governorate_id and pair.earlier_election_id = earlier_size.election_id
left join council_sizes as later_size
    on governorates.id = later_size.governorate_id and pair.later_election_id = later_size.election_id
left join strongest_lists as earlier_strongest
    on governorates.id = earlier_strongest.governorate_id and pair.earlier_election_id = earlier_strongest.election_id
left join strongest_lists as later_strongest
    on governorates.id = later_strongest.governorate_id and pair.later_election_id = later_strongest.election_id
where
    pair.earlier_election_id = :earlier
    and pair.later_election_id = :later
    and coalesce(earlier_size.election_id, later_size.election_id) is not null
order by governorates.name;
