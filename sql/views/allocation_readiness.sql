-- Whether the seats of a contest can be recomputed: whether its votes and its rule are known well enough, and if not,
-- what is missing. votes_status looks at the votes alone, so that other rules can be tried. Whether the remainder can
-- matter, the view seat_margins says.
create view allocation_readiness as
select
    completeness.contest_id,
    completeness.election_id,
    completeness.governorate_id,
    completeness.seat_type,
    completeness.rule_id,
    completeness.seats,
    completeness.names,
    completeness.names_with_votes,
    completeness.winners_without_votes,
    completeness.seats_filled as official_seats,
    completeness.named_votes,
    completeness.governorate_votes,
    completeness.remainder,
    completeness.total_votes,
    completeness.votes_status,
    case
        when completeness.votes_status <> 'ready' then completeness.votes_status
        when not completeness.rule_known then 'rule unknown'
        when
            allocation_rules.method in ('quota_then_seats', 'two_quotas', 'largest_remainder')
            and completeness.total_votes is null
            then 'total of votes unknown'
        else 'ready'
    end as status
from completeness
inner join allocation_rules on completeness.rule_id = allocation_rules.id;
