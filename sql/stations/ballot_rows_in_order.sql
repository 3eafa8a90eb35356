-- The rows of ballots, lists first: a candidate's list may be further down, or in another file.
select *
from ballot_rows
order by candidate > 0, file, line;
