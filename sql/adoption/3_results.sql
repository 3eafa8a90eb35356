-- What each list or candidate won in each contest: one row even where neither votes nor seats are known. What is
-- printed for a division of the governorate is no result of the contest.
insert into results
select
    figures.contest_id
    || '-'
    || replace(coalesce(figures.list_id, figures.candidate_id), '-' || figures.election_id, ''),
    figures.contest_id,
    figures.list_id,
    -- A list of one name is that candidate's, where there is one seat to win, and so is one of many that the sources
    -- print under one name.
    coalesce(figures.candidate_id, (
        select min(candidates.id) from candidates
        inner join contests on candidates.contest_id = contests.id
        where
            candidates.contest_id = figures.contest_id
            and candidates.list_id = figures.list_id
            and contests.seat_type <> 'general'
        having count(*) = 1
    ), (
        select min(claims.candidate_id) from claims
        inner join figures as own on claims.figure_id = own.id
        where own.contest_id = figures.contest_id and own.list_id = figures.list_id
        having count(distinct claims.candidate_id) = 1
    )),
    max(adopted.value) filter (where figures.measure = 'votes'),
    max(adopted.claim_id) filter (where figures.measure = 'votes'),
    max(adopted.decision_id) filter (where figures.measure = 'votes'),
    max(adopted.value) filter (where figures.measure = 'seats'),
    max(iif(adopted.claim_id is null, 'arithmetic', 'printed'))
    filter (where figures.measure = 'seats' and adopted.value is not null),
    max(adopted.claim_id) filter (where figures.measure = 'seats'),
    max(adopted.decision_id) filter (where figures.measure = 'seats')
from figures
inner join adopted on figures.id = adopted.figure_id
where figures.contest_id is not null and figures.reporting_unit_id is null
group by figures.contest_id, figures.list_id, figures.candidate_id
order by 1;

-- Where the others fill the contest, a seat column left empty can only mean none.
update results set
    seats = 0,
    seats_basis = 'arithmetic'
where
    seats is null
    and (
        select sum(rivals.seats) from results as rivals
        where rivals.contest_id = results.contest_id
    ) = (
        select contests.seats from contests
        where contests.id = results.contest_id
    );
