-- An undeclared schema is a finding; the table in it is part of that fact.
CREATE SCHEMA legacy;
CREATE TABLE legacy.notes (id bigint PRIMARY KEY);
