CREATE TEXT SEARCH PARSER missing (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH PARSER changed (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
COMMENT ON TEXT SEARCH PARSER changed IS 'The stock parser.';
CREATE TEXT SEARCH CONFIGURATION c (PARSER = changed);
ALTER TEXT SEARCH CONFIGURATION c ADD MAPPING FOR word WITH simple;
