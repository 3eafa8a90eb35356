-- The counts of a part of the stations, in the order of their key. A station is told by its distance from the first of
-- the part: with fewer digits it is written and read faster.
select station - getvariable('first_station') as station, list, candidate, votes
from counts
where station between getvariable('first_station') and getvariable('last_station')
order by station, list, candidate;
