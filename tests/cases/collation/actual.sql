-- Another spelling of what FROM copies: not drift.
CREATE COLLATION plain (LC_COLLATE = 'C', LC_CTYPE = 'C');
CREATE COLLATION other (LC_COLLATE = 'C', LC_CTYPE = 'C');
CREATE TABLE names (name text COLLATE plain);
