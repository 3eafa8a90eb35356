-- Contradictions that stand: findings that no decision settles and no explanation covers, in all and by governorate.
select
    checks.governorate_id,
    governorates.name as governorate,
    governorates.name_ar as governorate_ar,
    count(*) as findings,
    sum(checks.decision_id is null and checks.explanation is null) as stands
from checks
left join governorates on checks.governorate_id = governorates.id
where checks.status = 'fails'
group by checks.governorate_id
order by governorates.name is null, governorates.name;
