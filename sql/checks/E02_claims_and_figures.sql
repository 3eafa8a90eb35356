-- Every claim is of the election and place of the figure that it states.
select
    claims.id,
    'fails' as status,
    claims.id as subject,
    figures.election_id || ' ' || coalesce(figures.governorate_id, '') as expected,
    claims.election_id || ' ' || coalesce(claims.governorate_id, '') as found
from claims
inner join figures on claims.figure_id = figures.id
where
    claims.election_id <> figures.election_id
    or claims.governorate_id is not figures.governorate_id
    or claims.measure <> figures.measure
    or claims.list_id is not figures.list_id;
