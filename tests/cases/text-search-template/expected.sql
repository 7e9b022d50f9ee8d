CREATE TEXT SEARCH TEMPLATE missing (LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH TEMPLATE changed (INIT = dsimple_init, LEXIZE = dsimple_lexize);
COMMENT ON TEXT SEARCH TEMPLATE changed IS 'Words as they are.';
