-- Every name denotes a list or candidate of its own election, and every candidate's list is of the contest's election.
select
    list_names.id,
    'fails' as status,
    'list_names.csv, ' || list_names.name_as_printed as subject,
    list_names.election_id as expected,
    coalesce(lists.election_id, contests.election_id) as found
from list_names
left join lists on list_names.list_id = lists.id
left join candidates on list_names.candidate_id = candidates.id
left join contests on candidates.contest_id = contests.id
where list_names.election_id <> coalesce(lists.election_id, contests.election_id)
union all
select
    candidates.id,
    'fails',
    'candidates.csv, ' || candidates.id,
    contests.election_id,
    lists.election_id
from candidates
inner join contests on candidates.contest_id = contests.id
inner join lists on candidates.list_id = lists.id
where contests.election_id <> lists.election_id;
