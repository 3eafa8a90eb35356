-- A party: its names.
-- party: an id, such as state-of-law-coalition.
select
    id,
    name,
    coalesce(name_ar, name) as name_ar,
    name_ar_basis,
    note
from parties
where id = :party;
