-- What the sources print for a governorate or the whole electorate, and for the lists that they lump as others there.
-- Where no source prints a total of the votes, the valid votes of all who voted are one.
insert into place_totals
with whole as (
    select
        figures.*,
        adopted.value,
        adopted.claim_id,
        adopted.decision_id as adopting_decision_id
    from figures
    inner join adopted on figures.id = adopted.figure_id
    where
        adopted.value is not null
        and figures.subject in ('place', 'other')
        and (figures.reporting_unit_id is null or figures.reporting_unit_id = figures.governorate_id)
        and (
            figures.measure in ('votes', 'seats')
            or (
                figures.measure = 'valid_votes'
                and (
                    figures.vote in ('both', 'unstated')
                    or not exists (
                        select 1 from polling_days
                        where polling_days.election_id = figures.election_id and polling_days.vote = 'special'
                    )
                )
            )
        )
),

-- Of the two, and of valid votes of several votes, the first by name: both, general, unstated.
totals as (
    select
        *,
        row_number() over (
            partition by election_id, governorate_id, subject, measure = 'seats'
            order by measure <> 'votes', vote
        ) as place
    from whole
)

select
    election_id || '-' || coalesce(governorate_id, 'all'),
    election_id,
    governorate_id,
    max(value) filter (where subject = 'place' and measure <> 'seats'),
    max(claim_id) filter (where subject = 'place' and measure <> 'seats'),
    max(adopting_decision_id) filter (where subject = 'place' and measure <> 'seats'),
    max(value) filter (where subject = 'other' and measure = 'votes'),
    max(claim_id) filter (where subject = 'other' and measure = 'votes'),
    max(adopting_decision_id) filter (where subject = 'other' and measure = 'votes'),
    max(value) filter (where subject = 'place' and measure = 'seats'),
    max(claim_id) filter (where subject = 'place' and measure = 'seats'),
    max(adopting_decision_id) filter (where subject = 'place' and measure = 'seats')
from totals
where place = 1
group by election_id, governorate_id
having max(subject = 'place' or measure = 'votes')
order by 1;
