-- Each figure in words: whose it is, where and when.
create view figure_names as
select
    figures.id as figure_id,
    coalesce(lists.name, candidates.name, parties.name, iif(figures.subject = 'other', 'Other parties', 'All'))
    || ', '
    || coalesce(reporting_units.name, governorates.name, electorates.electorate)
    || ', '
    || figures.election_id as name
from figures
inner join electorates on figures.election_id = electorates.election_id
left join lists on figures.list_id = lists.id
left join candidates on figures.candidate_id = candidates.id
left join parties on figures.party_id = parties.id
left join governorates on figures.governorate_id = governorates.id
left join reporting_units on figures.reporting_unit_id = reporting_units.id;
