-- Every alias of search_aliases.csv can be searched for: it has a letter or a digit.
select
    search_aliases.id,
    'fails' as status,
    'the alias ' || search_aliases.alias || ' in search_aliases.csv' as subject,
    'a name with a letter' as expected,
    search_aliases.alias as found
from search_aliases
left join search_names on search_aliases.alias = search_names.name
where search_names.id is null;
