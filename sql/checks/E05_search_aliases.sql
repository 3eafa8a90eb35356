-- Every alias of data/search_aliases.csv can be searched for: it has a letter or a digit.
select
    search_aliases.id,
    'fails' as status,
    'data/search_aliases.csv, line ' || (search_aliases.id + 1) as subject,
    'a name with a letter' as expected,
    search_aliases.alias as found
from search_aliases
left join search_names on search_aliases.alias = search_names.name
where search_names.id is null;
