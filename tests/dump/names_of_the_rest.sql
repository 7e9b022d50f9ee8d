-- Not for pg_dump, which takes a language for an extension: names and texts that want to be something else, in the kinds that names.sql leaves out.
DO $do$
DECLARE
  -- 51 characters at most: a digit follows, and a comment on a terminal, a page and a forge.
  names text[] := ARRAY[E'\u001b[31m|`x`</script>]]>"''; DROP TABLE x; --', E'\r\n::error::x%0A##[error]\t$1 \\', E'a\u0301\u202e\u200b\u2028*/ $$ %I',
    repeat('ü', 31)];
  odd text := E'\u001b[31m -- no\r\n::error::no\n##[error] */ $$ $drift$ ''; DROP TABLE x; \\ %s </script>]]><!-- | ` \u202e \t:x';
  s text; n text; k integer := 0;
BEGIN
  EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), odd);
  FOREACH n IN ARRAY names LOOP
    k := k + 1;
    s := n;
    EXECUTE format('CREATE SCHEMA %I', s);
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', s, odd);
    EXECUTE format('CREATE TYPE %I.%I AS ENUM (%L, %L)', s, n || '1', n, left(odd, 20));
    EXECUTE format('CREATE TYPE %I.%I AS (%I integer, b %I.%I)', s, n || '2', n, s, n || '1');
    EXECUTE format('COMMENT ON TYPE %I.%I IS %L', s, n || '2', odd);
    EXECUTE format('CREATE DOMAIN %I.%I AS text DEFAULT %L CONSTRAINT %I CHECK (VALUE <> %L)', s, n || '3', odd, n, odd);
    EXECUTE format('CREATE TYPE %I.%I AS RANGE (SUBTYPE = float8)', s, n || '4');
    EXECUTE format('COMMENT ON TYPE %I.%I IS %L', s, n || '4', odd);
    EXECUTE format('CREATE COLLATION %I.%I (LOCALE = ''C'')', s, n);
    EXECUTE format('COMMENT ON COLLATION %I.%I IS %L', s, n, odd);
    EXECUTE format('CREATE SEQUENCE %I.%I', s, n || '5');
    EXECUTE format('CREATE TABLE %I.%I (%I integer DEFAULT nextval(%L) CONSTRAINT %I PRIMARY KEY, t text COLLATE %I.%I DEFAULT %L, r int4range, e %I.%I, CONSTRAINT %I UNIQUE (t), CONSTRAINT %I CHECK (t <> %L), CONSTRAINT %I EXCLUDE USING gist (r WITH &&))',
      s, n, n, format('%I.%I', s, n || '5'), n || 'p', s, n, odd, s, n || '1', n || 'u', n || 'c', odd, n || 'x');
    EXECUTE format('COMMENT ON CONSTRAINT %I ON %I.%I IS %L', n || 'x', s, n, odd);
    EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', s, n, n, odd);
    EXECUTE format('CREATE STATISTICS %I.%I ON %I, t FROM %I.%I', s, n || 's', n, s, n);
    EXECUTE format('COMMENT ON STATISTICS %I.%I IS %L', s, n || 's', odd);
    EXECUTE format('CREATE FUNCTION %I.%I(%I.%I, %I.%I) RETURNS boolean IMMUTABLE LANGUAGE sql AS %L', s, n || 'f', s, n || '2', s, n || '2', 'SELECT true /* ' || replace(odd, '*/', '') || '*/');
    EXECUTE format('CREATE OPERATOR %I.=== (FUNCTION = %I.%I, LEFTARG = %I.%I, RIGHTARG = %I.%I)', s, s, n || 'f', s, n || '2', s, n || '2');
    EXECUTE format('COMMENT ON OPERATOR %I.=== (%I.%I, %I.%I) IS %L', s, s, n || '2', s, n || '2', odd);
    EXECUTE format('CREATE OPERATOR FAMILY %I.%I USING hash', s, n);
    EXECUTE format('COMMENT ON OPERATOR FAMILY %I.%I USING hash IS %L', s, n, odd);
    EXECUTE format('CREATE OPERATOR CLASS %I.%I FOR TYPE %I.%I USING hash FAMILY %I.%I AS OPERATOR 1 %I.===', s, n || 'o', s, n || '2', s, n, s);
    EXECUTE format('COMMENT ON OPERATOR CLASS %I.%I USING hash IS %L', s, n || 'o', odd);
    EXECUTE format('CREATE FUNCTION %I.%I(%I.%I) RETURNS text IMMUTABLE LANGUAGE sql AS ''SELECT 1::text''', s, n || 'w', s, n || '2');
    EXECUTE format('CREATE CAST (%I.%I AS text) WITH FUNCTION %I.%I(%I.%I)', s, n || '2', s, n || 'w', s, n || '2');
    EXECUTE format('COMMENT ON CAST (%I.%I AS text) IS %L', s, n || '2', odd);
    EXECUTE format('CREATE CONVERSION %I.%I FOR ''LATIN1'' TO ''UTF8'' FROM pg_catalog.iso8859_1_to_utf8', s, n);
    EXECUTE format('COMMENT ON CONVERSION %I.%I IS %L', s, n, odd);
    EXECUTE format('CREATE AGGREGATE %I.%I(integer) (SFUNC = pg_catalog.int4pl, STYPE = integer, INITCOND = ''0'')', s, n || 'g');
    EXECUTE format('COMMENT ON AGGREGATE %I.%I(integer) IS %L', s, n || 'g', odd);
    EXECUTE format('CREATE TEXT SEARCH PARSER %I.%I (START = pg_catalog.prsd_start, GETTOKEN = pg_catalog.prsd_nexttoken, END = pg_catalog.prsd_end, LEXTYPES = pg_catalog.prsd_lextype)', s, n);
    EXECUTE format('COMMENT ON TEXT SEARCH PARSER %I.%I IS %L', s, n, odd);
    EXECUTE format('CREATE TEXT SEARCH TEMPLATE %I.%I (INIT = pg_catalog.dsimple_init, LEXIZE = pg_catalog.dsimple_lexize)', s, n);
    EXECUTE format('COMMENT ON TEXT SEARCH TEMPLATE %I.%I IS %L', s, n, odd);
    EXECUTE format('CREATE TEXT SEARCH DICTIONARY %I.%I (TEMPLATE = %I.%I)', s, n, s, n);
    EXECUTE format('COMMENT ON TEXT SEARCH DICTIONARY %I.%I IS %L', s, n, odd);
    EXECUTE format('CREATE TEXT SEARCH CONFIGURATION %I.%I (PARSER = %I.%I)', s, n, s, n);
    EXECUTE format('ALTER TEXT SEARCH CONFIGURATION %I.%I ADD MAPPING FOR asciiword WITH %I.%I', s, n, s, n);
    EXECUTE format('COMMENT ON TEXT SEARCH CONFIGURATION %I.%I IS %L', s, n, odd);
    EXECUTE format('CREATE LANGUAGE %I HANDLER pg_catalog.plpgsql_call_handler', n);
    EXECUTE format('COMMENT ON LANGUAGE %I IS %L', n, odd);
    EXECUTE format('CREATE ACCESS METHOD %I TYPE TABLE HANDLER pg_catalog.heap_tableam_handler', n);
    EXECUTE format('COMMENT ON ACCESS METHOD %I IS %L', n, odd);
    EXECUTE format('CREATE FOREIGN DATA WRAPPER %I', n);
    EXECUTE format('CREATE SERVER %I FOREIGN DATA WRAPPER %I OPTIONS (o %L)', n, n, odd);
    EXECUTE format('CREATE USER MAPPING FOR "drift ""odd""" SERVER %I OPTIONS (%I %L)', n, 'o"', odd);
    EXECUTE format('CREATE USER MAPPING FOR PUBLIC SERVER %I', n);
    EXECUTE format('CREATE FOREIGN TABLE %I.%I (%I integer OPTIONS (o %L)) SERVER %I', s, n || 'l', n, odd, n);
    EXECUTE format('CREATE VIEW %I.%I AS SELECT t AS %I FROM %I.%I WHERE t <> %L', s, n || 'v', n, s, n, odd);
    EXECUTE format('SECURITY LABEL FOR %I ON COLUMN %I.%I.%I IS %L', 'Odd "one"', s, n || 'v', n, odd);
    EXECUTE format('CREATE POLICY %I ON %I.%I USING (t <> %L)', n, s, n, odd);
    EXECUTE format('CREATE SUBSCRIPTION %I CONNECTION ''host=127.0.0.1 port=1 dbname=x'' PUBLICATION %I WITH (connect = false)', current_database() || k || left(n, 10), n);
    EXECUTE format('ALTER SUBSCRIPTION %I SET (slot_name = NONE)', current_database() || k || left(n, 10));
  END LOOP;
END $do$;
