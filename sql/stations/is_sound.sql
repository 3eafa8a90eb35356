-- Whether each count is four numbers, of a station in the governorate of its file, and of a line of the ballot there.
select count(*) = 0 as is_sound
from sums
left join ballot_lines using (election_id, governorate_id, list, candidate)
where contest_id is null or governorate_id <> only_governorate_id;
