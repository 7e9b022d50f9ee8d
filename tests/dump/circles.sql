-- Needs PostgreSQL 14
-- What needs one another: broken where a default, a check or a key can come later.
CREATE TABLE counters (id integer PRIMARY KEY, n integer NOT NULL, CHECK (n >= 0));
-- A default that calls a function which reads the table.
CREATE FUNCTION next_n() RETURNS integer LANGUAGE sql STABLE RETURN (SELECT coalesce(max(n), 0) + 1 FROM counters);
ALTER TABLE counters ALTER COLUMN n SET DEFAULT next_n();
COMMENT ON COLUMN counters.n IS 'counts';
-- A check that calls a function of the table's rows.
CREATE TABLE parts (id integer PRIMARY KEY, whole integer REFERENCES parts, size integer, spare text);
ALTER TABLE parts ALTER COLUMN spare SET STORAGE external;
CREATE FUNCTION fits(p parts) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN (p).size > 0;
ALTER TABLE parts ADD CONSTRAINT parts_fit CHECK (fits(parts.*));
ALTER TABLE parts ADD CONSTRAINT parts_fit_later CHECK (fits(parts.*)) NOT VALID;
COMMENT ON CONSTRAINT parts_fit ON parts IS 'fits';
-- Keys in a circle.
CREATE TABLE heads (id integer PRIMARY KEY, tail integer);
CREATE TABLE tails (id integer PRIMARY KEY, head integer REFERENCES heads);
ALTER TABLE heads ADD FOREIGN KEY (tail) REFERENCES tails;
-- Functions over views over functions over tables.
CREATE FUNCTION wholes() RETURNS SETOF parts LANGUAGE sql STABLE BEGIN ATOMIC SELECT * FROM parts WHERE whole IS NULL; END;
CREATE VIEW big AS SELECT w.id, w.size FROM wholes() AS w WHERE w.size > 10;
CREATE FUNCTION title(b big) RETURNS text LANGUAGE sql IMMUTABLE RETURN 'no. ' || (b).id::text;
CREATE VIEW titled AS SELECT b.id, title(b.*) AS title FROM big AS b;
CREATE TABLE shelves (b big, t titled, label text DEFAULT 'x');
-- A view that groups by a key needs the key.
CREATE VIEW per_part AS SELECT p.id, p.size, count(c.id) AS parts FROM parts AS p LEFT JOIN parts AS c ON c.whole = p.id GROUP BY p.id;
-- A domain that calls a function, in the argument of another function, in a default.
CREATE FUNCTION is_code(t text) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN t ~ '^[A-Z]+$';
CREATE DOMAIN code AS text CHECK (is_code(VALUE));
CREATE FUNCTION next_code(c code) RETURNS code LANGUAGE sql RETURN (c || 'A')::code;
CREATE TABLE coded (c code DEFAULT next_code('A'));
-- A generated column and an index that call functions; a policy that reads another table.
CREATE FUNCTION short(t text) RETURNS text LANGUAGE sql IMMUTABLE RETURN left(t, 3);
CREATE TABLE generated (t text, s text GENERATED ALWAYS AS (short(t)) STORED);
CREATE INDEX generated_short ON generated (short(t)) WHERE short(t) <> '';
ALTER TABLE heads ENABLE ROW LEVEL SECURITY;
CREATE POLICY through_tails ON heads USING (EXISTS (SELECT FROM tails AS t WHERE t.head = heads.id));
ALTER TABLE tails ENABLE ROW LEVEL SECURITY;
CREATE POLICY through_heads ON tails USING (tails.head IN (SELECT h.id FROM heads AS h));
-- A trigger whose function returns rows of the table, and one that a view has.
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER touch INSTEAD OF UPDATE ON titled FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE keep AS ON DELETE TO big DO INSTEAD UPDATE parts SET size = 0 WHERE parts.id = old.id;
-- Rules over views over rules.
CREATE RULE forward AS ON INSERT TO titled DO INSTEAD INSERT INTO parts (id) VALUES (new.id);
