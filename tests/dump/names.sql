-- Names that want to be something else, in every kind.
CREATE SCHEMA "select";
CREATE SCHEMA "a.b""; DROP SCHEMA public; --";
CREATE SCHEMA "ünïcödé_ÄÖ";
CREATE SCHEMA "%s %I $1 {}";
CREATE SCHEMA "new
line";
CREATE SCHEMA "an_identifier_of_sixty_three_bytes_which_is_the_most_there_is_x";
COMMENT ON SCHEMA "new
line" IS E'-- no\n*/ $$ $drift$ ''; DROP TABLE x; \\ \\\\ %s';
DO $do$
DECLARE
  names text[] := ARRAY['select', 'a.b"; DROP TABLE x; --', 'ünïcödé_ÄÖ', '%s %I $1 {}', E'new\nline', E'back\\slash',
    'an_identifier_of_sixty_three_bytes_which_is_the_most_there_is_x', '*/ /* $$ $drift$', 'IF NOT EXISTS ', 'it''s', ' '];
  odd text := E'-- no\n*/ /* $$ $drift$ $function$ ''; DROP TABLE x; \\ \\\\ %s \r\t:x :"x" :''x''';
  s text; n text; f text; k integer := 0;
BEGIN
  FOREACH n IN ARRAY names LOOP
    k := k + 1;
    s := (ARRAY['select', 'a.b"; DROP SCHEMA public; --', 'ünïcödé_ÄÖ', '%s %I $1 {}', E'new\nline',
      'an_identifier_of_sixty_three_bytes_which_is_the_most_there_is_x'])[1 + k % 6];
    EXECUTE format('CREATE TYPE %I.%I AS ENUM (%L, %L, '''')', s, left(n, 50) || '1', n, left(odd, 40));
    EXECUTE format('COMMENT ON TYPE %I.%I IS %L', s, left(n, 50) || '1', odd);
    EXECUTE format('CREATE DOMAIN %I.%I AS text DEFAULT %L CONSTRAINT %I CHECK (VALUE <> %L)', s, left(n, 50) || '2', odd, n, odd);
    EXECUTE format('COMMENT ON DOMAIN %I.%I IS %L', s, left(n, 50) || '2', odd);
    EXECUTE format('CREATE SEQUENCE %I.%I', s, left(n, 50) || '3');
    EXECUTE format('COMMENT ON SEQUENCE %I.%I IS %L', s, left(n, 50) || '3', odd);
    EXECUTE format('CREATE TABLE %I.%I (%I integer CONSTRAINT %I PRIMARY KEY, %I text NOT NULL DEFAULT %L CONSTRAINT %I UNIQUE, e %I.%I, d %I.%I, CONSTRAINT %I CHECK (%I <> %L))',
      s, n, n, left(n, 50) || '4', left(n, 50) || 'c', odd, left(n, 50) || '5', s, left(n, 50) || '1', s, left(n, 50) || '2', left(n, 50) || '6', n, 7);
    EXECUTE format('ALTER TABLE %I.%I ADD CONSTRAINT %I FOREIGN KEY (%I) REFERENCES %I.%I', s, n, left(n, 50) || '7', n, s, n);
    EXECUTE format('CREATE SEQUENCE %I.%I OWNED BY %I.%I.%I', s, left(n, 50) || 's', s, n, n);
    FOREACH f IN ARRAY ARRAY['4', '5', '6', '7'] LOOP
      EXECUTE format('COMMENT ON CONSTRAINT %I ON %I.%I IS %L', left(n, 50) || f, s, n, odd);
    END LOOP;
    EXECUTE format('COMMENT ON TABLE %I.%I IS %L', s, n, odd);
    EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', s, n, n, odd);
    EXECUTE format('CREATE INDEX %I ON %I.%I (lower(%I), %I DESC) WHERE %I <> %L', left(n, 50) || '8', s, n, left(n, 50) || 'c', n, left(n, 50) || 'c', odd);
    EXECUTE format('COMMENT ON INDEX %I.%I IS %L', s, left(n, 50) || '8', odd);
    EXECUTE format('CREATE FUNCTION %I.%I(%I integer, %I text DEFAULT %L) RETURNS TABLE (%I text) LANGUAGE sql SET "a.b" = %L AS %L', s, n, n, left(n, 50) || 'b', odd, left(n, 50) || 'r', odd, 'SELECT ' || quote_literal(odd));
    EXECUTE format('COMMENT ON FUNCTION %I.%I(integer, text) IS %L', s, n, odd);
    EXECUTE format('CREATE PROCEDURE %I.%I(%I integer) LANGUAGE plpgsql AS %L', s, left(n, 50) || 'p', n, 'BEGIN PERFORM ' || quote_literal(odd) || '; END');
    EXECUTE format('COMMENT ON PROCEDURE %I.%I(integer) IS %L', s, left(n, 50) || 'p', odd);
    EXECUTE format('CREATE FUNCTION %I.%I() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN new; END''', s, left(n, 50) || 't');
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OF %I ON %I.%I FOR EACH ROW WHEN (new.%I <> %L) EXECUTE FUNCTION %I.%I(%L)', n, n, s, n, left(n, 50) || 'c', odd, s, left(n, 50) || 't', odd);
    EXECUTE format('COMMENT ON TRIGGER %I ON %I.%I IS %L', n, s, n, odd);
    EXECUTE format('CREATE RULE %I AS ON DELETE TO %I.%I WHERE old.%I = %L DO INSTEAD NOTHING', n, s, n, left(n, 50) || 'c', odd);
    EXECUTE format('COMMENT ON RULE %I ON %I.%I IS %L', n, s, n, odd);
    EXECUTE format('CREATE POLICY %I ON %I.%I USING (%I <> %L)', n, s, n, left(n, 50) || 'c', odd);
    EXECUTE format('COMMENT ON POLICY %I ON %I.%I IS %L', n, s, n, odd);
    EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', s, n);
    EXECUTE format('CREATE VIEW %I.%I AS SELECT %I, %I AS %I FROM %I.%I WHERE %I <> %L', s, left(n, 50) || 'v', n, left(n, 50) || 'c', left(n, 50) || 'x', s, n, left(n, 50) || 'c', odd);
    EXECUTE format('COMMENT ON VIEW %I.%I IS %L', s, left(n, 50) || 'v', odd);
    EXECUTE format('CREATE MATERIALIZED VIEW %I.%I AS SELECT * FROM %I.%I', s, left(n, 50) || 'm', s, left(n, 50) || 'v');
    EXECUTE format('COMMENT ON MATERIALIZED VIEW %I.%I IS %L', s, left(n, 50) || 'm', odd);
    EXECUTE format('CREATE TABLE %I.%I (%I integer, %I text DEFAULT %L) PARTITION BY LIST (%I)', s, left(n, 50) || 'l', n, left(n, 50) || 'c', odd, left(n, 50) || 'c');
    EXECUTE format('CREATE TABLE %I.%I PARTITION OF %I.%I FOR VALUES IN (%L)', s, left(n, 50) || 'q', s, left(n, 50) || 'l', odd);
    EXECUTE format('CREATE FOREIGN DATA WRAPPER %I OPTIONS (%I %L)', n, 'o', odd);
    EXECUTE format('CREATE SERVER %I TYPE %L VERSION %L FOREIGN DATA WRAPPER %I OPTIONS (o %L)', n, odd, odd, n, odd);
    EXECUTE format('COMMENT ON SERVER %I IS %L', n, odd);
    EXECUTE format('COMMENT ON FOREIGN DATA WRAPPER %I IS %L', n, odd);
    EXECUTE format('CREATE FOREIGN TABLE %I.%I (%I integer OPTIONS (o %L)) SERVER %I OPTIONS (%I %L)', s, left(n, 50) || 'f', n, odd, n, 'o', odd);
    EXECUTE format('CREATE PUBLICATION %I FOR TABLE ONLY %I.%I', n, s, n);
    EXECUTE format('COMMENT ON PUBLICATION %I IS %L', n, odd);
    EXECUTE format('CREATE FUNCTION %I.%I() RETURNS event_trigger LANGUAGE plpgsql AS ''BEGIN END''', s, left(n, 50) || 'e');
    EXECUTE format('CREATE EVENT TRIGGER %I ON ddl_command_end EXECUTE FUNCTION %I.%I()', n, s, left(n, 50) || 'e');
    EXECUTE format('COMMENT ON EVENT TRIGGER %I IS %L', n, odd);
    EXECUTE format('ALTER EVENT TRIGGER %I DISABLE', n);
    EXECUTE format('GRANT SELECT, INSERT (%I) ON %I.%I TO drift_app', n, s, n);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO "drift ""odd"""', s);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO "drift ""odd"""', s);
    EXECUTE format('ALTER TABLE %I.%I OWNER TO "drift ""odd"""', s, n);
    EXECUTE format('ALTER DATABASE %I SET "a.%s" = %L', current_database(), 'x' || k, odd);
  END LOOP;
END $do$;
