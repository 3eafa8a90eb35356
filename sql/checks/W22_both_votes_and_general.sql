-- The turnout of both votes together is not below that of the general vote: counts, and shares as adopted.
select
    counts.id || '-' || general.id as id,
    iif(counts.value < general.value, 'fails', 'holds') as status,
    counts.election_id,
    counts.governorate_id,
    null as list_id,
    counts.source_id,
    figure_names.name || ': ballots of both votes against the general vote' as subject,
    general.value as expected,
    counts.value as found,
    counts.value - general.value as difference,
    json_array(counts.id, general.id) as claim_ids,
    null as decision_id
from claims as counts
inner join figures as counts_figures on counts.figure_id = counts_figures.id
inner join figures
    on
        counts_figures.election_id = figures.election_id
        and counts_figures.reporting_unit_id is figures.reporting_unit_id
inner join claims as general on figures.id = general.figure_id
inner join figure_names on counts.figure_id = figure_names.figure_id
where
    counts.measure in ('ballots_cast', 'ballots_cast_over')
    and general.measure = 'ballots_cast'
    and counts_figures.vote = 'both'
    and figures.vote = 'general'
    and counts.value is not null
    and general.value is not null
union all
select
    -- Each claim of the general vote is a finding of its own; the adopted one goes by the name of the figure.
    both.id || '-' || iif(ballots.id = general.adopted_claim_id, general.id, ballots.id),
    -- A printed share is rounded, so it may be below by half a unit of its last digit.
    iif(both.value + 0.5 / pow(10, both.decimals) < 100.0 * ballots.value / registered.value, 'fails', 'holds'),
    both.election_id,
    both.governorate_id,
    null,
    both.source_id,
    figure_names.name || ': turnout of both votes against the printed counts of the general vote',
    100.0 * ballots.value / registered.value,
    both.value,
    both.value - 100.0 * ballots.value / registered.value,
    json_array(both.id, ballots.id, registered.id),
    (
        select min(decisions.id) from decisions
        where decisions.figure_id in (registered.figure_id, ballots.figure_id)
    )
from claims as both
inner join figures as both_figures on both.figure_id = both_figures.id
inner join figures as general
    on
        both_figures.election_id = general.election_id
        and both_figures.reporting_unit_id is general.reporting_unit_id
inner join claims as ballots on general.id = ballots.figure_id
inner join claims as registered
    on ballots.source_table_id = registered.source_table_id and ballots.row_number = registered.row_number
inner join figure_names on both.figure_id = figure_names.figure_id
where
    both.measure = 'turnout'
    and both_figures.vote = 'both'
    and general.vote = 'general'
    and general.measure = 'ballots_cast'
    and registered.measure = 'registered_voters'
    and both.value is not null
    and ballots.value is not null
    and registered.value is not null;
