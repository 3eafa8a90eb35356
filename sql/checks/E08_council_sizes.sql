-- A size in councils.csv is of a council that has contests, and is given only where these do not add up to one.
select
    councils.election_id || '-' || councils.governorate_id as id,
    'fails' as status,
    councils.governorate_id || ', ' || councils.election_id || ' in councils.csv' as subject,
    iif(
        count(contests.id) = 0,
        'a contest of that council in contests.csv',
        'a contest whose number of seats is unknown'
    ) as expected,
    councils.seats || ' seats' as found
from councils
left join contests on councils.election_id = contests.election_id and councils.governorate_id = contests.governorate_id
group by councils.election_id, councils.governorate_id
having count(contests.id) = count(contests.seats) or sum(contests.seats) > councils.seats;
