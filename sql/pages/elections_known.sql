-- The elections in the database, the latest first.
-- election: 2013 or 2023; empty for both.
select
    elections.id,
    elections.title,
    elections.title_ar,
    elections.polling_date,
    elections.special_voting_date,
    1.0 * elections.first_divisor_numerator / elections.first_divisor_denominator as first_divisor,
    elections.second_divisor,
    elections.divisor_step,
    elections.method,
    elections.law,
    elections.law_source,
    count(distinct contests.governorate_id) as governorates,
    sum(contests.seats) as seats
from elections
inner join contests on elections.id = contests.election_id
where :election in ('', elections.id)
group by elections.id
order by elections.id desc;
