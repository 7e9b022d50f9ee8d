-- Types with what depends on them: views over views, a policy, a trigger on one column, keys, indexes, generated columns.
CREATE TABLE t (
  id int PRIMARY KEY, code varchar(20) DEFAULT 'a', price numeric(10,2) NOT NULL, at timestamp, flag int DEFAULT 0,
  doc json, names text[], twice numeric GENERATED ALWAYS AS (price * 2) STORED,
  CONSTRAINT positive CHECK (price > 0), UNIQUE (code)
);
CREATE INDEX t_code ON t (lower(code)) WHERE code <> 'x';
CREATE TABLE child (id int PRIMARY KEY, t_id int REFERENCES t (id), code varchar(20) REFERENCES t (code));
CREATE VIEW v AS SELECT id, code, price FROM t;
CREATE VIEW w AS SELECT code FROM v WHERE price > 1;
COMMENT ON VIEW w IS 'over a view';
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (code <> 'secret');
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER g BEFORE UPDATE OF code ON t FOR EACH ROW EXECUTE FUNCTION touched();
INSERT INTO t (id, code, price, at, flag, doc, names) VALUES (1, 'a', 1.25, '2020-01-01 10:00', 1, '{"a": 1}', '{x,y}');
INSERT INTO child VALUES (1, 1, 'a');
