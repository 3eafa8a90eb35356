-- The elections in the database, the latest first.
-- election: an id of the table elections; empty for all.
select
    elections.id,
    elections.title,
    elections.title_ar,
    elections.short_title,
    elections.short_title_ar,
    elections.note,
    elections.note_ar,
    elections.polling_date,
    elections.special_voting_date,
    count(distinct contests.governorate_id) as governorates,
    sum(contests.seats) as seats
from elections
inner join contests on elections.id = contests.election_id
where :election in ('', elections.id)
group by elections.id
order by elections.polling_date desc, elections.id desc;
