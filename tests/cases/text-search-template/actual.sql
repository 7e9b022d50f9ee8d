CREATE TEXT SEARCH TEMPLATE changed (INIT = dsynonym_init, LEXIZE = dsynonym_lexize);
CREATE TEXT SEARCH TEMPLATE undeclared (LEXIZE = dsimple_lexize);
