CREATE TEXT SEARCH TEMPLATE changed (LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH TEMPLATE undeclared (LEXIZE = dsimple_lexize);
-- What is made of a template is away while it is made anew.
CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = changed);
CREATE TEXT SEARCH CONFIGURATION c (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION c ADD MAPPING FOR word WITH d, simple;
CREATE TABLE t (a text);
CREATE INDEX t_words ON t USING gin (to_tsvector('c', a));
