-- The names under which the sources print a list, and who uses each.
-- list: an id of the table lists.
select
    list_names.name_as_printed,
    governorates.name as only_in,
    governorates.name_ar as only_in_ar,
    list_names.certainty,
    list_names.evidence,
    (
        select json_group_array(used.source_id)
        from (
            select distinct claims.source_id
            from claims
            where claims.list_id = list_names.list_id and claims.name_as_printed = list_names.name_as_printed
            order by claims.source_id
        ) as used
    ) as source_ids
from list_names
left join governorates on list_names.governorate_id = governorates.id
where list_names.list_id = :list
order by list_names.name_as_printed, governorates.name;
