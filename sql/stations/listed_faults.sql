-- The first faults of each file, with the number of all.
select file, line, told, coalesce(fault_totals.faults, count(*) over (partition by file)) as faults_of_file
from faults
left join fault_totals using (file)
qualify row_number() over (partition by file order by line, told) <= getvariable('listed');
