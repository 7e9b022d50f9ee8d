CREATE TEXT SEARCH DICTIONARY missing (TEMPLATE = simple, accept = false);
CREATE TEXT SEARCH DICTIONARY changed (TEMPLATE = pg_catalog.snowball, language = 'english');
COMMENT ON TEXT SEARCH DICTIONARY changed IS 'why';
