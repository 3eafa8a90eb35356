-- What is known of each governorate in each election, and what is not.
create view coverage as
with printed as (
    select
        source_tables.election_id,
        source_tables.governorate_id,
        count(distinct source_tables.source_id) filter (where source_tables.kind <> 'heading_only') as sources,
        count(distinct coalesce(sources.copied_from, sources.id))
        filter (where source_tables.kind <> 'heading_only') as independent_sources,
        count(*) filter (where source_tables.kind <> 'heading_only') as source_tables,
        count(*) filter (where source_tables.kind = 'heading_only') as headings_without_table
    from source_tables
    inner join sources on source_tables.source_id = sources.id
    where source_tables.governorate_id is not null
    group by source_tables.election_id, source_tables.governorate_id
),

known as (
    select
        contests.election_id,
        contests.governorate_id,
        count(*) as results,
        count(results.votes) as results_with_votes,
        count(results.seats) as results_with_seats,
        sum(results.seats) as adopted_seats
    from results
    inner join contests on results.contest_id = contests.id
    group by contests.election_id, contests.governorate_id
),

named as (
    select
        election_id,
        governorate_id,
        count(distinct list_id) as lists_with_leader
    from claims
    where measure = 'leader' and value_as_printed not in ('', '-')
    group by election_id, governorate_id
),

voted as (
    select
        election_id,
        governorate_id,
        count(ballots_cast) as turnout_counts,
        count(coalesce(turnout, turnout_as_printed)) as turnout_figures
    from turnout_by_governorate
    group by election_id, governorate_id
)

select
    elections.id as election_id,
    governorates.id as governorate_id,
    governorates.name as governorate,
    council_sizes.governorate_id is not null as voted,
    coalesce(printed.sources, 0) as sources,
    coalesce(printed.independent_sources, 0) as independent_sources,
    coalesce(printed.source_tables, 0) as source_tables,
    coalesce(printed.headings_without_table, 0) as headings_without_table,
    coalesce(known.results, 0) as results,
    coalesce(known.results_with_votes, 0) as results_with_votes,
    coalesce(known.results_with_seats, 0) as results_with_seats,
    council_sizes.seats,
    known.adopted_seats,
    place_totals.votes is not null as total_votes_known,
    place_totals.other_votes is not null as other_votes_known,
    coalesce(voted.turnout_counts, 0) as turnout_counts,
    coalesce(voted.turnout_figures, 0) as turnout_figures,
    coalesce(named.lists_with_leader, 0) as lists_with_leader
from elections
cross join governorates
left join council_sizes
    on elections.id = council_sizes.election_id and governorates.id = council_sizes.governorate_id
left join printed on elections.id = printed.election_id and governorates.id = printed.governorate_id
left join known on elections.id = known.election_id and governorates.id = known.governorate_id
left join named on elections.id = named.election_id and governorates.id = named.governorate_id
left join voted on elections.id = voted.election_id and governorates.id = voted.governorate_id
left join place_totals
    on elections.id = place_totals.election_id and governorates.id = place_totals.governorate_id;
