-- Types with values: labels go and move, a domain is checked otherwise and rests on another type.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'gone');
CREATE FUNCTION good(x text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT x <> ''bad''';
CREATE DOMAIN word AS text DEFAULT 'a' CONSTRAINT good CHECK (good(VALUE)) CONSTRAINT short CHECK (length(VALUE) < 50);
CREATE DOMAIN num AS int CHECK (VALUE > 0);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TABLE p (m mood PRIMARY KEY);
CREATE TABLE t (m mood DEFAULT 'ok' REFERENCES p, ms mood[], w word, n num, is_ok boolean GENERATED ALWAYS AS (m = 'ok'::mood) STORED, CONSTRAINT c CHECK (m <> 'gone'::mood));
CREATE INDEX i ON t (m) WHERE m = 'happy'::mood;
CREATE VIEW v AS SELECT m, w FROM t;
CREATE FUNCTION f(x mood) RETURNS mood LANGUAGE sql AS 'SELECT x';
INSERT INTO p VALUES ('ok'), ('happy');
INSERT INTO t VALUES ('ok', '{ok,happy}', 'b', 3), ('happy', NULL, NULL, 4);
