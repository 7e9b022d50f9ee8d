-- Another order of columns, and a dropped one between them: not drift.
CREATE TABLE t (
  gone int,
  name character varying(50) NOT NULL,
  id int PRIMARY KEY,
  note text,
  amount integer,
  code text,
  total int GENERATED ALWAYS AS (id * 3) STORED,
  extra text
);
ALTER TABLE t DROP COLUMN gone;
INSERT INTO t (id, name) VALUES (1, 'a');
