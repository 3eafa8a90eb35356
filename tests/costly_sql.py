"""Queries that cost as much as a query can. In each, {} is another number each time it is sent."""

ENDLESS = "with recursive n (i) as (select {} + 0 union all select i + 1 from n) select count(*) from n"
SORT = "select a.id, hex(randomblob(60)) as x from claims a, claims b where {0} = {0} order by x, random()"
JOIN = "select count(*) from claims a, claims b, claims c, claims d, claims e where {0} = {0}"
GIANT_TEXTS = (
    "select hex(randomblob(100000000 + {}))",
    "select length(zeroblob(900000000 + {}))",
    "select group_concat(a.id || b.id) from claims a, claims b where {0} = {0}",
    "select hex(randomblob(40000)) as x from claims where {0} = {0}",
    "select replace(hex(zeroblob(40000)), '0', hex(zeroblob(40000))) where {0} = {0}",
)
# Texts as long as they may be. Only the last letter of the first keeps it from fitting the patterns below.
LETTERS = "replace(hex(zeroblob(49900)), '0', 'a')"
NUMBERS = "'[' || replace(hex(zeroblob(24000)), '0', '1,') || '1]'"
FORMATS = "replace(hex(zeroblob(9900)), '0', '%99d')"
DAYS = "replace(hex(zeroblob(16000)), '0', '%j')"
ALPHABET = (
    "(with recursive n (i) as (select 20000 union all select i + 1 from n where i < 51000)"
    " select group_concat(char(i), '') from n)"
)
LAST_LETTERS = "replace(hex(zeroblob(16000)), '0', char(51000))"
KEYS = (
    "(with recursive n (i) as (select 1 union all select i + 1 from n where i < 7500)"
    " select json_group_object('k' || i, 1) from n)"
)


def with_texts(a: str, b: str = "1") -> str:
    """Write the beginning of a query of one row with two texts, each worked out once."""
    return f"with t as materialized (select {a} as a limit 1), u as materialized (select {b} as b limit 1) "


def in_one_row(expression: str, a: str, b: str = "1") -> str:
    """Write a query that has an expression two hundred times, and no loop, in which SQLite would look at the clock."""
    columns = ", ".join([" + ".join([expression] * 10)] * 20)
    return f"{with_texts(a, b)} select {columns}, {{}} from t, u"


def written_out(expression: str, a: str) -> str:
    """Write a query that names an expression four times, and that four times, and so on: SQLite writes all out."""
    query = f"select {expression} as x from t"
    for _ in range(5):
        query = f"select x + x + x + x as x from ({query})"
    return f"{with_texts(a)} select x, {{}} from ({query})"


PRINTF = ("select printf('%.*c', 500000000 + {}, 'x')", "select format('%500000000d', {})")
LIKE = (
    in_one_row("(a like '%' || substr(a, 1, 180) || 'b')", LETTERS),
    in_one_row("(a like '%' || substr(a, 1, 180) || '_b' escape '!')", LETTERS),
    in_one_row("(a glob '*' || replace(substr(a, 1, 60), 'a', '[a]') || 'b')", LETTERS),
)
# What SQLite cannot interrupt: it looks at the clock between the steps of a loop, and within no function.
NOT_INTERRUPTIBLE = (
    *PRINTF,
    *LIKE,
    in_one_row("length(printf(a, 1))", FORMATS),
    in_one_row("instr(a, substr(a, 1, 40000) || 'b')", LETTERS),
    in_one_row("length(trim(a, b))", LAST_LETTERS, ALPHABET),
    in_one_row("(json_patch(a, a) is null)", KEYS),
    written_out("length(json(a))", NUMBERS),
    written_out("length(strftime(a, 0))", DAYS),
    written_out("(a collate nocase = a || 'b')", LETTERS),
)


def numbered(query: str, number: int = 1) -> str:
    """Put a number into a query."""
    return query.replace("{0}", str(number)).replace("{}", str(number))
