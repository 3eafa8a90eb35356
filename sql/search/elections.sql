-- What elections are called, of which a search may name one.
select
    id,
    short_title,
    short_title_ar,
    substr(polling_date, 1, 4) as year
from elections
order by id;
