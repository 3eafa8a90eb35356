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
    (
        select group_concat(polling_days.date) from polling_days
        where polling_days.election_id = elections.id and polling_days.vote = 'special'
    ) as special_voting_dates,
    (
        select
            json_group_array(
                json_object('date', later.date, 'governorates', later.names, 'governorates_ar', later.names_ar)
            )
        from (
            select
                contests.polling_date as date,
                group_concat(governorates.name, ', ') as names,
                group_concat(governorates.name_ar, '، ') as names_ar
            from contests
            inner join governorates on contests.governorate_id = governorates.id
            where
                contests.election_id = elections.id
                and contests.seat_type = 'general'
                and contests.polling_date > elections.polling_date
            group by contests.polling_date
        ) as later
    ) as later_days,
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
