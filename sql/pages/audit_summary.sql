-- What each check of the audit found: how often it holds, fails, cannot be told, and how many failures are settled.
select
    code,
    title,
    sum(status = 'fails') as fails,
    sum(status = 'fails' and decision_id is not null) as settled,
    sum(status = 'fails' and decision_id is null and explanation is not null) as explained,
    sum(status = 'fails' and decision_id is null and explanation is null) as stands,
    sum(status = 'holds') as holds,
    sum(status = 'not_checkable') as not_checkable
from checks
group by code, title
order by code;
