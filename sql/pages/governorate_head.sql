-- A governorate: its names, its codes, and the elections in which it voted.
-- governorate: an id, such as kirkuk.
select
    governorates.id,
    governorates.name,
    governorates.name_ar,
    governorates.name_ckb,
    governorates.name_kmr,
    governorates.iso_3166_2,
    governorates.pcode,
    (
        select json_group_array(voted.election_id)
        from (
            select distinct contests.election_id
            from contests
            where contests.governorate_id = governorates.id
            order by (select elections.polling_date from elections where elections.id = contests.election_id) desc
        ) as voted
    ) as election_ids
from governorates
where governorates.id = :governorate;
