-- Each contest is on a day of the general vote, each such day has a contest, and the first is that of the election.
with days as (
    select
        election_id,
        date
    from polling_days
    where vote = 'general'
),

broken as (
    select
        contests.id as subject,
        contests.polling_date as found,
        'a general day in polling_days.csv' as expected
    from contests
    left join days on contests.election_id = days.election_id and contests.polling_date = days.date
    where days.date is null
    union all
    select
        days.election_id || ' in polling_days.csv',
        days.date,
        'the polling_date of some contest'
    from days
    left join contests on days.election_id = contests.election_id and days.date = contests.polling_date
    where contests.id is null
    union all
    select
        elections.id || ' in elections.csv',
        elections.polling_date,
        'the first general day in polling_days.csv'
    from elections
    where elections.polling_date is not (select min(days.date) from days where days.election_id = elections.id)
)

select
    subject as id,
    'fails' as status,
    subject,
    expected,
    found
from broken;
