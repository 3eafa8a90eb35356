-- Parts of the stations, of about as many counts each: the first and the last number of each part.
select min(number), max(number)
from (select number, ntile(getvariable('parts')) over (order by number) as part from stations)
group by part
order by part;
