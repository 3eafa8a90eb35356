-- A list number belongs to one name, and is not also its number of votes.
select
    votes.id,
    'fails' as status,
    votes.election_id,
    votes.governorate_id,
    votes.list_id,
    votes.source_id,
    figure_names.name || ': votes equal to the list number of the same row' as subject,
    null as expected,
    votes.value as found,
    null as difference,
    json_array(votes.id, numbers.id) as claim_ids,
    null as decision_id
from claims as votes
inner join claims as numbers
    on votes.source_table_id = numbers.source_table_id and votes.row_number = numbers.row_number
inner join figure_names on votes.figure_id = figure_names.figure_id
where votes.measure = 'votes' and numbers.measure = 'list_number' and votes.value = numbers.value
union all
select
    later.id,
    'fails',
    later.election_id,
    later.governorate_id,
    later.list_id,
    later.source_id,
    later_names.name || ': the list number of ' || earlier_names.name,
    null,
    later.value,
    null,
    -- Of three under one number, two are held against the first.
    json_array(min(earlier.id), later.id),
    null
from claims as earlier
inner join claims as later
    on
        earlier.source_id = later.source_id
        and earlier.election_id = later.election_id
        and earlier.governorate_id is later.governorate_id
        and earlier.measure = later.measure
        and earlier.value = later.value
        and coalesce(earlier.list_id, earlier.candidate_id) is not coalesce(later.list_id, later.candidate_id)
        and earlier.id < later.id
inner join figure_names as earlier_names on earlier.figure_id = earlier_names.figure_id
inner join figure_names as later_names on later.figure_id = later_names.figure_id
inner join figures as earlier_figures on earlier.figure_id = earlier_figures.id
inner join figures as later_figures on later.figure_id = later_figures.id
where
    earlier.measure = 'list_number'
    -- The candidates of a list are numbered from the start.
    and not (earlier_figures.subject = 'candidate' and earlier_figures.contest_id is null)
    and not (later_figures.subject = 'candidate' and later_figures.contest_id is null)
group by later.id;
