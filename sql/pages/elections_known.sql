-- The elections in the database, the latest first.
-- election: 2013 or 2023; empty for both.
select
    elections.id,
    elections.title,
    elections.title_ar,
    elections.polling_date,
    (
        select group_concat(polling_days.date) from polling_days
        where polling_days.election_id = elections.id and polling_days.vote = 'special'
    ) as special_voting_dates,
    (
        select group_concat(polling_days.date) from polling_days
        where
            polling_days.election_id = elections.id
            and polling_days.vote = 'general'
            and polling_days.date > elections.polling_date
    ) as later_polling_dates,
    elections.electorate_id,
    electorates.electorate,
    electorates.electorate_ar,
    count(*) as governorates,
    iif(count(*) = count(council_sizes.seats), sum(council_sizes.seats), null) as seats
from elections
inner join electorates on elections.id = electorates.election_id
inner join council_sizes on elections.id = council_sizes.election_id
where :election in ('', elections.id)
group by elections.id
order by elections.polling_date desc, elections.id;
