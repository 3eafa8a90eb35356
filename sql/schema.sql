-- Every table of elections.db. STRICT, typed, keyed; a comment a column.
-- Unknown is null, never 0. What a source prints and what we compute never share a column.
-- Ids are words joined by hyphens: they stay the same from build to build and make addresses that can be read.

-- Words with a fixed meaning

create table stages (
    id text primary key, -- word used in claims.stage
    title text not null unique, -- English name
    title_ar text not null unique, -- Arabic name
    rank integer not null unique check (rank > 0), -- order of preference when a figure is adopted, 1 first
    description text not null -- what the stage means
) strict;

create table source_kinds (
    id text primary key, -- word used in sources.kind
    title text not null unique, -- English name
    title_ar text unique, -- Arabic name, null where nobody has written one
    rank integer not null unique check (rank > 0), -- order of preference when a figure is adopted, 1 first
    description text not null -- what belongs to the kind
) strict;

create table seat_types (
    id text primary key, -- word used in contests.seat_type
    title text not null unique, -- English name
    title_ar text not null unique, -- Arabic name
    description text not null -- who may win the seat
) strict;

create table measures (
    id text primary key, -- word used in claims.measure
    title text not null unique, -- English name
    title_ar text unique, -- Arabic name, null where nobody has written one
    unit text not null, -- what the number counts
    value_type text not null check (value_type in ('integer', 'percent', 'ordinal', 'text')), -- how a cell is read
    is_figure integer not null check (is_figure in (0, 1)), -- 1 where cells can be compared and adopted
    maximum integer check (maximum > 0), -- a greater number is taken for a slip of the hand and refused
    description text not null -- what is measured
) strict;

create table printed_words (
    measure text not null references measures (id), -- the measure in whose cells the word stands
    printed text not null, -- the word or sign as printed
    value integer, -- the number it stands for, null where it stands for none
    meaning text, -- what the source says by it
    primary key (measure, printed)
) strict;

-- Elections and places

-- How seats are allocated from votes. A parameter that is null is unknown, or the method has none.
create table allocation_rules (
    id text primary key, -- used in addresses
    title text not null unique, -- English name, where there is one that of the literature
    title_ar text not null unique, -- Arabic name
    method text not null, -- how the seats are found (elections/allocation.py)
    first_divisor_numerator integer check (first_divisor_numerator > 0), -- first divisor, as a fraction:
    first_divisor_denominator integer check (first_divisor_denominator > 0), -- 17 and 10 are 1.7
    second_divisor integer check (second_divisor > 0), -- second divisor
    divisor_step integer check (divisor_step > 0), -- what each later divisor adds to the one before
    remainders text check (remainders in ('all', 'above_quota')), -- the lists whose largest remainders win
    description text not null, -- what the rule says, in our words
    description_ar text, -- the same in Arabic, null where nobody has written it
    basis text not null check (basis in ('read', 'derived', 'unknown')), -- read: a source prints it
    evidence text not null, -- what the basis rests on
    evidence_ar text, -- the same in Arabic, null where nobody has written it
    check (
        method in (
            'highest_averages', 'quota_then_seats', 'two_quotas', 'largest_remainder', 'plurality', 'unknown'
        )
    ),
    check ((first_divisor_numerator is null) = (first_divisor_denominator is null)),
    check (first_divisor_numerator <= second_divisor * first_divisor_denominator),
    check (
        method = 'highest_averages' or coalesce(first_divisor_numerator, second_divisor, divisor_step) is null
    ),
    check (method = 'largest_remainder' or remainders is null)
) strict;

create table governorates (
    id text primary key, -- used in addresses
    name text not null unique, -- English name
    name_ar text not null unique, -- Arabic name
    name_ckb text, -- Central Kurdish name, null where none is known
    name_kmr text, -- Northern Kurdish name, null where none is known
    iso_3166_2 text not null unique check (iso_3166_2 glob 'IQ-[A-Z][A-Z]'), -- ISO 3166-2 code
    pcode text not null unique check (pcode glob 'IQG[0-9][0-9]') -- place code of the United Nations (OCHA)
) strict;

create table governorate_neighbours (
    governorate_id text not null references governorates (id), -- a governorate
    neighbour_id text not null references governorates (id), -- one that it borders on, from general knowledge
    primary key (governorate_id, neighbour_id),
    check (governorate_id <> neighbour_id)
) strict;

create table reporting_units (
    id text primary key, -- for a governorate its own id, for a centre or station its election and code
    governorate_id text references governorates (id), -- the governorate it lies in, null for a group of several
    parent_id text references reporting_units (id), -- the unit that it is part of, null for a governorate
    kind text not null, -- level in the tree, or a group
    name text, -- English name, null for a station, which has only a number, and where no source names a centre
    name_ar text, -- Arabic name, null for the same
    check (kind in ('governorate', 'electoral_division', 'polling_centre', 'polling_station', 'group')),
    check ((kind in ('electoral_division', 'polling_centre', 'polling_station')) = (parent_id is not null)),
    check ((kind = 'group') = (governorate_id is null)),
    check (kind in ('polling_centre', 'polling_station') or name is not null),
    check (kind in ('polling_centre', 'polling_station') or name_ar is not null)
) strict;

-- Two schools may have one name.
create unique index reporting_units_name on reporting_units (name)
where kind in ('governorate', 'electoral_division', 'group');

create unique index reporting_units_name_ar on reporting_units (name_ar)
where kind in ('governorate', 'electoral_division', 'group');

create index reporting_units_parent on reporting_units (parent_id);

create index reporting_units_divisions on reporting_units (governorate_id) where kind = 'electoral_division';

-- The governorates of a group, such as an electorate that is smaller than the country.
create table group_members (
    reporting_unit_id text not null references reporting_units (id), -- the group
    governorate_id text not null references governorates (id), -- a governorate in it
    primary key (reporting_unit_id, governorate_id)
) strict;

create table elections (
    id text primary key, -- name of its folder in data/
    title text not null unique, -- English name
    title_ar text not null unique, -- Arabic name
    short_title text not null unique, -- English name where there is little room: in menus, tables and charts
    short_title_ar text not null unique, -- Arabic name for the same
    note text, -- what to know of it before its figures are read: who voted, what was not found, null if nothing
    note_ar text, -- the same in Arabic
    polling_date text not null check (polling_date is date(polling_date, '+0 days')), -- first day of the general vote
    electorate_id text references reporting_units (id), -- the governorates whose voters it is of, null for all of Iraq
    check ((note is null) = (note_ar is null))
) strict;

create table polling_days (
    election_id text not null references elections (id), -- the election
    date text not null check (date is date(date, '+0 days')), -- the day
    vote text not null check (vote in ('general', 'special')), -- who voted on it; special: security forces and others
    primary key (election_id, date, vote)
) strict;

-- Sizes of councils whose seats are not known for each seat type; elsewhere the contests say it.
create table councils (
    election_id text not null references elections (id), -- the election
    governorate_id text not null references governorates (id), -- the governorate
    seats integer not null check (seats > 0), -- all seats of the council
    seats_basis text not null check (seats_basis in ('printed', 'arithmetic')), -- printed by a source, or derived
    evidence text not null, -- what the number of seats rests on
    primary key (election_id, governorate_id)
) strict;

create table contests (
    id text primary key, -- election, governorate and seat type
    election_id text not null references elections (id), -- the election
    governorate_id text not null references governorates (id), -- the constituency
    seat_type text not null references seat_types (id), -- general, or the component that the seat is set aside for
    seats integer check (seats > 0), -- seats filled together, null if unknown
    polling_date text not null check (polling_date is date(polling_date, '+0 days')), -- day of the general vote there
    rule_id text not null references allocation_rules (id), -- the rule by which its seats are allocated
    seats_basis text check (seats_basis in ('printed', 'arithmetic')), -- printed by a source, or derived
    evidence text not null, -- what the number of seats rests on
    unique (election_id, governorate_id, seat_type),
    check ((seats is null) = (seats_basis is null))
) strict;

-- Who stands

create table parties (
    id text primary key, -- used in addresses
    name text not null unique, -- English name
    name_ar text, -- Arabic name, null where none is known
    name_ar_basis text check (name_ar_basis in ('printed', 'general_knowledge')), -- where the Arabic name is from
    note text, -- what helps to tell it from others
    check ((name_ar is null) = (name_ar_basis is null))
) strict;

-- What became of a party. Chains of links are followed; no chain leads back to where it began.
create table party_links (
    earlier_party_id text not null references parties (id), -- the party that went before
    later_party_id text not null references parties (id), -- the party that it became, became part of, or became two of
    kind text not null check (kind in ('renamed', 'merged', 'split', 'joined')), -- what happened
    certainty text not null check (certainty in ('certain', 'likely')), -- how sure the link is
    evidence text not null, -- who says so
    primary key (earlier_party_id, later_party_id),
    check (earlier_party_id <> later_party_id)
) strict;

create table lists (
    id text primary key, -- used in addresses; ends in the election
    election_id text not null references elections (id), -- a list stands in one election
    name text not null, -- English name that we use for it
    name_ar text, -- Arabic name, null where none is known
    name_ar_basis text check (name_ar_basis in ('printed', 'general_knowledge')), -- where the Arabic name is from
    party_id text references parties (id), -- the party whose own list it is, null for an alliance or if unknown
    unique (election_id, name),
    check ((name_ar is null) = (name_ar_basis is null))
) strict;

create table list_colours (
    list_id text primary key references lists (id), -- the list
    colour text not null check (colour glob '#[0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F]'), -- ours, none printed
    basis text not null default 'given' check (basis in ('given', 'derived')) -- chosen by us, or by the build
) strict;

create table list_members (
    id integer primary key, -- number in the order of the files list_members.csv
    list_id text not null references lists (id), -- the alliance
    party_id text not null references parties (id), -- a party in it
    governorate_id text references governorates (id), -- where it was a member, null for everywhere
    certainty text not null check (certainty in ('certain', 'likely')), -- how sure the membership is
    evidence text not null -- who says so
) strict;

create unique index list_members_scope on list_members (list_id, party_id, coalesce(governorate_id, ''));

create table candidates (
    id text primary key, -- used in addresses; ends in the election
    name text not null, -- name in Latin letters, in Arabic ones where no others are known
    name_ar text, -- Arabic name, null where no source prints one
    contest_id text not null references contests (id), -- the contest stood in
    list_id text references lists (id), -- the list stood for, null for one who stood alone or whose list is not known
    note text -- what helps to tell the candidate from others
) strict;

create index candidates_contest on candidates (contest_id, list_id);

-- What the sources print

create table sources (
    id text primary key, -- used in addresses and as the folder in data/
    title text not null, -- title of the document
    publisher text not null, -- who published it
    publisher_ar text, -- the same in Arabic, null where nobody has written it
    kind text not null references source_kinds (id), -- commission, wire, research, encyclopedia or blog
    language text not null check (language in ('en', 'ar', 'tr', 'fa', 'de')), -- language of the document, ISO 639-1
    digits text not null check (digits in ('western', 'arabic_indic')), -- the digits that its figures are printed in
    transcription text not null check (transcription in ('verbatim', 'noted', 'synthetic')), -- how it was read
    published_on text check (published_on is date(published_on, '+0 days')), -- date printed on it, null if none is
    url text check (url glob 'https://?*' or url glob 'http://?*'), -- address, null where the copy gives none
    licence text not null, -- terms of the document
    licence_ar text, -- the same in Arabic, null where nobody has written it
    copied_from text references sources (id), -- the source that it repeats: a copy is no independent witness
    citation_note text, -- through which copy it was read, and what to mind
    citation_note_ar text -- the same in Arabic, null where nobody has written it
) strict;

create table source_tables (
    id text primary key, -- source and name of the table
    source_id text not null references sources (id), -- the document
    position integer not null check (position > 0), -- place in the document, from 1
    slug text not null, -- name of its file in data/, without the position
    section text, -- heading above the heading, as printed
    locator text not null, -- heading as printed
    caption text, -- caption or introducing sentence as printed
    cites text, -- line that names sources, as printed
    election_id text not null references elections (id), -- the election it speaks of
    governorate_id text references governorates (id), -- the governorate it speaks of, null for the whole country
    seat_type text references seat_types (id), -- the seats it speaks of, where it says so
    vote text check (vote in ('general', 'special', 'both', 'unstated')), -- the vote that its turnout covers
    stage text not null references stages (id), -- the stage of its figures
    stage_as_printed text, -- the words from which the stage was taken
    kind text not null, -- shape of the table
    row_count integer not null check (row_count >= 0), -- rows that the document prints below its header
    note text, -- what to mind when reading it
    check (
        kind in (
            'results', 'turnout', 'statements', 'heading_only',
            'stations', 'stations_in_part', 'ballot', 'station_counts'
        )
    ),
    unique (source_id, position),
    unique (source_id, slug)
) strict;

create table source_columns (
    source_id text not null references sources (id), -- the document
    column_as_printed text not null, -- heading of a column of its tables
    measure text references measures (id), -- what the column states, null for the column of names
    unit text check (unit = 'percent'), -- percent where its figures are printed without a sign, else null
    primary key (source_id, column_as_printed)
) strict;

create table figures (
    id text primary key, -- election, place, contest or vote, subject and measure
    election_id text not null references elections (id), -- the election
    governorate_id text references governorates (id), -- the governorate, null for the whole country
    reporting_unit_id text references reporting_units (id), -- the place that turnout is of, or a part or group
    contest_id text references contests (id), -- the contest it is a result in, null for one of a list's candidates
    vote text check (vote in ('general', 'special', 'both', 'unstated')), -- the vote that a turnout figure covers
    subject text not null check (subject in ('list', 'candidate', 'party', 'other', 'place')), -- what the figure is of
    list_id text references lists (id), -- the list, if the subject is one
    candidate_id text references candidates (id), -- the candidate, if the subject is one
    party_id text references parties (id), -- the party, if the subject is one
    measure text not null references measures (id), -- what is measured
    adopted_claim_id text references claims (id), -- the claim that the rule or a decision picks
    decision_id text references decisions (id), -- the decision, where one overrides the rule
    check ((subject = 'list') = (list_id is not null)),
    check ((subject = 'candidate') = (candidate_id is not null)),
    check ((subject = 'party') = (party_id is not null))
) strict;

-- One figure of one thing: adoption relies on it where it puts the measures of a thing into one row.
create unique index figures_thing on figures (
    election_id,
    coalesce(governorate_id, ''),
    coalesce(reporting_unit_id, ''),
    coalesce(contest_id, ''),
    coalesce(vote, ''),
    subject,
    coalesce(list_id, candidate_id, party_id, ''),
    measure
);

create table claims (
    id text primary key, -- source table, row and measure
    source_id text not null references sources (id), -- the document
    source_table_id text not null references source_tables (id), -- the printed table or passage
    locator text not null, -- its heading as printed
    row_number integer not null check (row_number > 0), -- row below the header, from 1
    column_as_printed text not null, -- heading of the column, or name of the field
    name_as_printed text, -- the name that the row is about, null where a sentence or field names none
    measure text not null references measures (id), -- what the cell states
    value_as_printed text not null, -- the cell verbatim, empty where nothing is printed
    value any check (typeof(value) in ('integer', 'real', 'null') and value >= 0), -- the number, null if none
    decimals integer check (decimals >= 0), -- digits printed after the point: the precision of the figure
    basis text not null default 'printed' check (basis in ('printed', 'added_up')), -- whose number it is
    stations integer check (stations > 0), -- polling stations that a sum is of, null for a printed value
    stations_of integer check (stations_of >= stations), -- all of that place, null if not all are listed
    election_id text not null references elections (id), -- the election
    governorate_id text references governorates (id), -- the governorate, null for national rows
    stage text not null references stages (id), -- the stage of the figure
    list_id text references lists (id), -- the list that the name denotes
    candidate_id text references candidates (id), -- the candidate that the name denotes
    party_id text references parties (id), -- the party that the name denotes
    figure_id text references figures (id), -- the figure that the cell states, null for texts
    position integer not null unique check (position > 0), -- place among all cells, in the order printed
    unique (source_table_id, row_number, measure),
    check ((basis = 'added_up') = (stations is not null))
) strict;

create index claims_figure on claims (figure_id);

create index claims_source on claims (source_id, election_id, measure);

create table list_names (
    id integer primary key, -- number in the order of the files, own names of lists last
    name_as_printed text not null, -- the name verbatim
    election_id text not null references elections (id), -- the election in whose tables it stands
    governorate_id text references governorates (id), -- the governorate where it has this meaning, null for all
    denotes text not null check (denotes in ('list', 'candidate', 'party', 'other', 'total')), -- what it is of
    list_id text references lists (id), -- the list, if it denotes one
    candidate_id text references candidates (id), -- the candidate, if it denotes one
    party_id text references parties (id), -- the party, if it denotes one
    seat_type text references seat_types (id), -- the seats stood for, null for general
    certainty text not null check (certainty in ('certain', 'likely')), -- how sure the meaning is
    evidence text not null, -- what it rests on
    check ((denotes = 'list') = (list_id is not null)),
    check ((denotes = 'candidate') = (candidate_id is not null)),
    check ((denotes = 'party') = (party_id is not null))
) strict;

create unique index list_names_scope on list_names (name_as_printed, election_id, coalesce(governorate_id, ''));

create table governorate_names (
    id integer primary key, -- number in the order of the files governorate_names.csv
    name_as_printed text not null, -- the name verbatim
    election_id text references elections (id), -- the election in whose tables it has this meaning, null for all
    governorate_id text references governorates (id), -- the governorate, null for a row that sums several or all
    reporting_unit_id text references reporting_units (id), -- the place that reports, null for the whole country
    certainty text not null check (certainty in ('certain', 'likely')), -- how sure the meaning is
    evidence text not null, -- what it rests on
    check (governorate_id is null or reporting_unit_id is not null)
) strict;

create unique index governorate_names_scope on governorate_names (name_as_printed, coalesce(election_id, ''));

-- Polling stations: who stands on their ballots, and what was counted in each

create table ballot_lines (
    id text primary key, -- election, governorate, list number and, of a candidate, candidate number
    election_id text not null references elections (id), -- the election
    governorate_id text not null references governorates (id), -- the governorate
    contest_id text not null references contests (id), -- the contest stood in
    list_number integer not null check (list_number between 1 and 99999), -- number of the list, as printed
    candidate_number integer not null check (candidate_number between 0 and 99999), -- number on the list, 0 for itself
    list_id text references lists (id), -- the list, null for one who stands alone
    candidate_id text references candidates (id), -- the candidate, null for the list itself if it has more names
    name_as_printed text not null, -- the name verbatim
    source_table_id text not null references source_tables (id), -- the ballot
    votes integer check (votes >= 0), -- added up from the stations, null if nothing was counted
    stations integer check (stations > 0), -- stations whose counts are in the sum
    counts_source_table_id text references source_tables (id), -- the counts that are added up
    unique (election_id, governorate_id, list_number, candidate_number),
    check ((votes is null) = (stations is null)),
    check ((votes is null) = (counts_source_table_id is null))
) strict;

create index ballot_lines_list on ballot_lines (list_id, governorate_id);

create table stations (
    number integer primary key, -- the number of its election, then the commission's code in ten digits
    reporting_unit_id text not null unique references reporting_units (id), -- the station in the tree
    election_id text not null references elections (id), -- the election
    governorate_id text not null references governorates (id), -- the governorate
    centre_id text not null references reporting_units (id), -- the polling centre that it is in
    source_table_id text not null references source_tables (id), -- the table that lists it
    registered_voters integer check (registered_voters > 0), -- those entitled, as printed, null if unknown
    ballots_cast integer check (ballots_cast >= 0), -- those who voted, as printed, null if unknown
    votes integer check (votes >= 0), -- for all lists, added up, null if those of one are unknown or all are
    lists_below_candidates integer check (lists_below_candidates >= 0) -- lists with fewer votes than candidates
) strict;

create index stations_place on stations (
    election_id, governorate_id, centre_id, registered_voters, ballots_cast, votes
);

-- The few with a finding.
create index stations_over_ballots on stations (election_id, governorate_id) where votes > ballots_cast;

create index stations_over_voters on stations (election_id, governorate_id) where ballots_cast > registered_voters;

create index stations_below on stations (election_id, governorate_id) where lists_below_candidates > 0;

create index stations_missing on stations (election_id, governorate_id) where votes is null;

create table station_results (
    station_number integer not null references stations (number), -- the station
    list_number integer not null check (list_number between 1 and 99999), -- number on its ballot
    candidate_number integer not null check (candidate_number between 0 and 99999), -- number on the list, 0 for itself
    votes integer not null check (votes between 0 and 99999), -- counted; a list's include those of its candidates
    primary key (station_number, list_number, candidate_number)
) strict, without rowid;

-- What the search of the site finds things by

create table search_aliases (
    id integer primary key, -- number in the order of the files search_aliases.csv
    alias text not null, -- a name in use, whether or not a source prints it
    governorate_id text references governorates (id), -- the governorate, if it is a name of one
    party_id text references parties (id), -- the party, if it is a name of one; it then holds for its own lists, too
    list_id text references lists (id), -- the list, if it is a name of one
    candidate_id text references candidates (id), -- the candidate, if it is a name of one
    note text not null, -- what kind of name it is and where it is from
    check (
        (governorate_id is not null) + (party_id is not null) + (list_id is not null) + (candidate_id is not null) = 1
    )
) strict;

create unique index search_aliases_scope on search_aliases (
    alias, coalesce(governorate_id, party_id, list_id, candidate_id)
);

create table search_names (
    id integer primary key, -- number in the order of kinds and things; it may change from build to build
    kind text not null check (kind in ('governorate', 'party', 'list', 'candidate')), -- what has the name
    governorate_id text references governorates (id), -- the governorate, if it has the name
    party_id text references parties (id), -- the party, if it has the name
    list_id text references lists (id), -- the list, if it has the name
    candidate_id text references candidates (id), -- the candidate who has the name
    name text not null, -- the name
    script text not null check (script in ('arabic', 'latin')), -- the letters that it is written in
    origin text not null check (origin in ('own', 'printed', 'alias', 'leader')), -- leader: the name of its leader
    folded text not null check (folded <> ''), -- its letters without what differs from writer to writer
    sounds text not null, -- its consonants in classes that Arabic and Latin letters share, empty if it has none
    check ((kind = 'governorate') = (governorate_id is not null)),
    check ((kind = 'party') = (party_id is not null)),
    check ((kind = 'list') = (list_id is not null)),
    check ((kind = 'candidate') = (candidate_id is not null))
) strict;

-- The full-text index of the column folded: three letters suffice to find a name.
create virtual table search_index using fts5 (
    folded, content = 'search_names', content_rowid = 'id', tokenize = 'trigram'
);

-- What is adopted

create table decisions (
    id text primary key, -- used in addresses
    figure_id text not null unique references figures (id), -- the figure decided on
    basis text not null check (basis in ('witness', 'arithmetic')), -- printed by a source, or printed by none
    adopted_claim_id text references claims (id), -- the claim adopted, null where the value is printed by none
    adopted_value integer check (adopted_value >= 0), -- the value adopted where no source prints it
    reason text not null, -- why, in a sentence
    reason_ar text, -- the same in Arabic, null where nobody has written it
    check ((basis = 'witness') = (adopted_claim_id is not null)),
    check ((basis = 'arithmetic') = (adopted_value is not null))
) strict;

create table decision_evidence (
    decision_id text not null references decisions (id), -- the decision
    claim_id text not null references claims (id), -- a claim that it rests on
    primary key (decision_id, claim_id)
) strict;

create table results (
    id text primary key, -- contest and who stood
    contest_id text not null references contests (id), -- the contest
    list_id text references lists (id), -- the list, null for a candidate who stood for no known list
    candidate_id text references candidates (id), -- the candidate, where one is known by name
    votes integer check (votes >= 0), -- adopted votes, null if unknown
    votes_claim_id text references claims (id), -- the claim that states them
    votes_decision_id text references decisions (id), -- the decision that adopts them against the rule
    seats integer check (seats >= 0), -- adopted seats, null if unknown
    seats_basis text check (seats_basis in ('printed', 'arithmetic')), -- arithmetic: printed by none, null if unknown
    seats_claim_id text references claims (id), -- the claim that states them
    seats_decision_id text references decisions (id), -- the decision that adopts them against the rule
    check (list_id is not null or candidate_id is not null),
    check (votes is null or votes_claim_id is not null or votes_decision_id is not null),
    check ((seats is null) = (seats_basis is null)),
    check (seats_basis <> 'printed' or seats_claim_id is not null),
    check (seats is null or seats = 0 or seats_claim_id is not null or seats_decision_id is not null)
) strict;

create table national_totals (
    id text primary key, -- the list
    election_id text not null references elections (id), -- the election
    list_id text not null unique references lists (id), -- the list
    votes integer check (votes >= 0), -- adopted votes in the whole country, null if unknown
    votes_claim_id text references claims (id), -- the claim that states them
    votes_decision_id text references decisions (id), -- the decision that adopts them against the rule
    seats integer check (seats >= 0), -- adopted seats in the whole country, null if unknown
    seats_claim_id text references claims (id), -- the claim that states them
    seats_decision_id text references decisions (id) -- the decision that adopts them against the rule
) strict;

create table place_totals (
    id text primary key, -- election and place
    election_id text not null references elections (id), -- the election
    governorate_id text references governorates (id), -- the governorate, null for the whole country
    votes integer check (votes >= 0), -- adopted total of votes for all names, null if unknown
    votes_claim_id text references claims (id), -- the claim that states it
    votes_decision_id text references decisions (id), -- the decision that adopts it against the rule
    other_votes integer check (other_votes >= 0), -- adopted votes of the lists lumped as others
    other_votes_claim_id text references claims (id), -- the claim that states them
    other_votes_decision_id text references decisions (id), -- the decision that adopts them against the rule
    seats integer check (seats >= 0), -- adopted total of seats, null if unknown
    seats_claim_id text references claims (id), -- the claim that states it
    seats_decision_id text references decisions (id) -- the decision that adopts it against the rule
) strict;

create table turnout (
    id text primary key, -- election, place and vote
    election_id text not null references elections (id), -- the election
    governorate_id text not null references governorates (id), -- the governorate
    reporting_unit_id text not null references reporting_units (id), -- the place that reports: it, or a part of it
    vote text not null check (vote in ('general', 'special', 'both', 'unstated')), -- the vote, or votes, that it is of
    registered_voters integer check (registered_voters > 0), -- adopted number of those entitled, null if unknown
    registered_voters_claim_id text references claims (id), -- the claim that states it
    registered_voters_decision_id text references decisions (id), -- the decision that adopts it against the rule
    ballots_cast integer check (ballots_cast >= 0), -- adopted number of those who voted, null if unknown
    ballots_cast_claim_id text references claims (id), -- the claim that states it
    ballots_cast_decision_id text references decisions (id), -- the decision that adopts it against the rule
    turnout_as_printed any check (typeof(turnout_as_printed) in ('integer', 'real', 'null')), -- adopted printed percent
    turnout_claim_id text references claims (id), -- the claim that states it
    turnout_decision_id text references decisions (id), -- the decision that adopts it against the rule
    valid_votes integer check (valid_votes >= 0), -- adopted number of votes that counted, null if unknown
    valid_votes_claim_id text references claims (id), -- the claim that states it
    valid_votes_decision_id text references decisions (id), -- the decision that adopts it against the rule
    invalid_ballots integer check (invalid_ballots >= 0), -- adopted number of spoilt ballots, null if unknown
    invalid_ballots_claim_id text references claims (id), -- the claim that states it
    invalid_ballots_decision_id text references decisions (id), -- the decision that adopts it against the rule
    blank_ballots integer check (blank_ballots >= 0), -- adopted number of ballots left blank, null if unknown
    blank_ballots_claim_id text references claims (id), -- the claim that states it
    blank_ballots_decision_id text references decisions (id), -- the decision that adopts it against the rule
    denominator text not null check (denominator in ('registered_voters', 'unstated')) -- what the share is of
) strict;

-- Apart from the governorates, so that these can be added up.
create table national_turnout (
    id text primary key, -- election, place and vote
    election_id text not null references elections (id), -- the election
    reporting_unit_id text references reporting_units (id), -- a group of governorates, null for the whole country
    vote text not null check (vote in ('general', 'special', 'both', 'unstated')), -- the vote, or votes, that it is of
    registered_voters integer check (registered_voters > 0), -- adopted number of those entitled, null if unknown
    registered_voters_claim_id text references claims (id), -- the claim that states it
    registered_voters_decision_id text references decisions (id), -- the decision that adopts it against the rule
    ballots_cast integer check (ballots_cast >= 0), -- adopted number of those who voted, null if unknown
    ballots_cast_claim_id text references claims (id), -- the claim that states it
    ballots_cast_decision_id text references decisions (id), -- the decision that adopts it against the rule
    turnout_as_printed any check (typeof(turnout_as_printed) in ('integer', 'real', 'null')), -- adopted printed percent
    turnout_claim_id text references claims (id), -- the claim that states it
    turnout_decision_id text references decisions (id), -- the decision that adopts it against the rule
    valid_votes integer check (valid_votes >= 0), -- adopted number of votes that counted, null if unknown
    valid_votes_claim_id text references claims (id), -- the claim that states it
    valid_votes_decision_id text references decisions (id), -- the decision that adopts it against the rule
    invalid_ballots integer check (invalid_ballots >= 0), -- adopted number of spoilt ballots, null if unknown
    invalid_ballots_claim_id text references claims (id), -- the claim that states it
    invalid_ballots_decision_id text references decisions (id), -- the decision that adopts it against the rule
    blank_ballots integer check (blank_ballots >= 0), -- adopted number of ballots left blank, null if unknown
    blank_ballots_claim_id text references claims (id), -- the claim that states it
    blank_ballots_decision_id text references decisions (id), -- the decision that adopts it against the rule
    denominator text not null check (denominator in ('registered_voters', 'unstated')) -- what the share is of
) strict;

-- What is computed from the adopted figures and kept so that pages are fast (sql/computed)

-- Contests whose votes and rule are known well enough to allocate their seats.
create table allocations (
    contest_id text primary key references contests (id), -- the contest
    rule_id text not null references allocation_rules (id), -- its rule
    votes integer, -- all valid votes of the contest, null if unknown
    quota_numerator integer, -- the last quota as a fraction, null where the method has none
    quota_denominator integer check (quota_denominator > 0), -- the lower number of that fraction
    undecided text, -- why the rule gives no seats, null where it does
    remainder_can_matter integer check (remainder_can_matter in (0, 1)) -- 1 if one list with the remainder wins a seat
) strict;

create table allocation_steps (
    contest_id text not null references allocations (contest_id), -- the contest
    result_id text not null references results (id), -- who stood
    list_seat integer not null check (list_seat > 0), -- which seat of the list it wins or would win, from 1
    kind text not null check (kind in ('quotient', 'quota', 'share', 'remainder', 'votes')), -- what is compared
    votes integer not null check (votes > 0), -- votes of the list
    divisor_numerator integer, -- the divisor as a fraction, null where there is none
    divisor_denominator integer check (divisor_denominator > 0), -- the lower number of that fraction
    value_numerator integer not null, -- what is compared, as an exact fraction
    value_denominator integer not null check (value_denominator > 0), -- the lower number of that fraction
    place integer not null check (place > 0), -- best place that it can take in the order of award, from 1
    tied_count integer not null check (tied_count > 0), -- how many compete for that place; more than 1 is a tie
    outcome text not null check (outcome in ('won', 'tied', 'missed')), -- tied: decided by lot
    votes_short integer check (votes_short > 0), -- fewest further votes to win that seat outright, null if won
    primary key (result_id, list_seat)
) strict;

create index allocation_steps_place on allocation_steps (contest_id, place);

create table first_divisors (
    contest_id text primary key references allocations (contest_id), -- a contest under a rule of highest averages
    lower_numerator integer, -- lower end as a fraction in lowest terms, null where no first divisor fits
    lower_denominator integer, -- the lower number of that fraction
    upper_numerator integer, -- upper end as a fraction in lowest terms, null where no first divisor fits
    upper_denominator integer, -- the lower number of that fraction
    lower_known integer, -- 1 if the lists not named could not raise the lower end
    lower_by_lot integer, -- 1 if the lower end gives the official seats only by lot
    upper_by_lot integer, -- 1 if the upper end gives the official seats only by lot
    holds_law integer not null check (holds_law in (0, 1)), -- 1 if the first divisor of the rule is between the ends
    obstacle text, -- why no first divisor fits, null where one does
    smallest_last_id text references results (id), -- who has the smallest last quotient of those with several seats
    greatest_next_id text references results (id) -- who has the greatest next quotient of those with a seat
) strict;

-- Every known rule tried on every general contest whose votes are known.
create table rule_trials (
    contest_id text not null references contests (id), -- the contest
    rule_id text not null references allocation_rules (id), -- the rule
    undecided text, -- why the rule gives no seats, null where it does
    reproduces integer check (reproduces in (0, 1)), -- 1 if it gives the official seats, null where undecided
    seats_apart integer check (seats_apart >= 0), -- seats that it gives to other lists than the official result
    primary key (contest_id, rule_id),
    check ((undecided is null) = (reproduces is not null))
) strict;

-- What the audit finds

create table explanations (
    finding text primary key, -- the finding, as in checks.id
    explanation text not null, -- what a reader should know before calling it an error
    explanation_ar text -- the same in Arabic, null where nobody has written it
) strict;

create table checks (
    id text primary key, -- code and subject
    code text not null, -- E breaks the build, W is published
    title text not null, -- what should hold, as a sentence
    status text not null check (status in ('fails', 'not_checkable', 'holds')), -- not_checkable: one side is unknown
    election_id text references elections (id), -- the election concerned
    governorate_id text references governorates (id), -- the governorate concerned
    list_id text references lists (id), -- the list concerned
    source_id text references sources (id), -- the source concerned
    subject text not null, -- what the finding is about, in words
    expected any, -- what would have to stand there
    found any, -- what stands there
    difference any, -- found less expected
    claim_ids text not null, -- the claims concerned, a JSON list
    decision_id text references decisions (id), -- the decision that settles it, null where none does
    explanation text -- what to know before calling it an error, from explanations
) strict;
