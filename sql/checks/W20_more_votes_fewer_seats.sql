-- In a printed table no list has more votes and fewer seats than another in the same contest.
-- Every rule of allocation sees to that, but a person who stands alone can hold one seat only.
with cells as (
    select
        votes.source_table_id,
        votes.row_number,
        votes.id as votes_id,
        votes.value as votes,
        seats.id as seats_id,
        coalesce(seats.value, 0) as seats,
        figures.contest_id,
        figures.id as figure_id,
        votes.list_id,
        coalesce(seats.value >= 1 and figures.list_id is null, 0) as is_person_with_seat,
        votes.source_id,
        votes.election_id,
        votes.governorate_id
    from claims as votes
    inner join claims as seats
        on votes.source_table_id = seats.source_table_id and votes.row_number = seats.row_number
    inner join figures on votes.figure_id = figures.id
    where
        votes.measure = 'votes'
        and seats.measure = 'seats'
        and votes.value is not null
        and figures.contest_id is not null
),

overtaken as (
    select
        more.*,
        min(fewer.votes) as least_votes,
        max(fewer.seats) as most_seats,
        json_group_array(fewer.votes_id) as fewer_ids
    from cells as more
    inner join cells as fewer
        on
            more.source_table_id = fewer.source_table_id
            and more.contest_id = fewer.contest_id
            and more.votes > fewer.votes
            and more.seats < fewer.seats
            and not more.is_person_with_seat
    group by more.votes_id
)

select
    overtaken.votes_id as id,
    'fails' as status,
    overtaken.election_id,
    overtaken.governorate_id,
    overtaken.list_id,
    overtaken.source_id,
    figure_names.name || ': fewer seats than a list with fewer votes' as subject,
    overtaken.most_seats as expected,
    overtaken.seats as found,
    overtaken.seats - overtaken.most_seats as difference,
    json_insert(overtaken.fewer_ids, '$[#]', overtaken.votes_id, '$[#]', overtaken.seats_id) as claim_ids,
    null as decision_id
from overtaken
inner join figure_names on overtaken.figure_id = figure_names.figure_id;
