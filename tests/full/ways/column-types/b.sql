CREATE TABLE t (
  id bigint PRIMARY KEY, code text DEFAULT 'a', price numeric(12,2) NOT NULL, at timestamptz, flag boolean DEFAULT false,
  doc jsonb, names varchar(20)[], twice numeric GENERATED ALWAYS AS (price * 3) STORED,
  CONSTRAINT positive CHECK (price > 0), UNIQUE (code)
);
CREATE INDEX t_code ON t (lower(code)) WHERE code <> 'x';
CREATE TABLE child (id int PRIMARY KEY, t_id bigint REFERENCES t (id), code text REFERENCES t (code));
CREATE VIEW v AS SELECT id, code, price FROM t;
CREATE VIEW w AS SELECT code FROM v WHERE price > 1;
COMMENT ON VIEW w IS 'over a view';
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (code <> 'secret');
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER g BEFORE UPDATE OF code ON t FOR EACH ROW EXECUTE FUNCTION touched();
