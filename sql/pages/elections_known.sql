-- The elections in the database, the latest first.
-- election: 2013 or 2023; empty for both.
select
    elections.id,
    elections.title,
    elections.title_ar,
    elections.polling_date,
    elections.special_voting_date,
    count(distinct contests.governorate_id) as governorates,
    sum(contests.seats) as seats
from elections
inner join contests on elections.id = contests.election_id
where :election in ('', elections.id)
group by elections.id
order by elections.id desc;
