-- One row per column of a table, as information_schema shows it. It does not tell the
-- modifier of a user-defined or element type, nor a domain's NOT NULL from the column's own.
WITH base AS MATERIALIZED (
  SELECT t.table_schema, t.table_name FROM information_schema.tables AS t
  WHERE t.table_type IN ('BASE TABLE', 'FOREIGN') AND (t.table_schema <> 'information_schema' AND t.table_schema !~ '^pg_' AND $1::text[] IS NULL OR t.table_schema = ANY ($1::text[]))
), shown AS MATERIALIZED (
  -- Not all of it: what can be updated, the view asks of every foreign server's wrapper.
  SELECT c.table_schema, c.table_name, c.column_name, c.ordinal_position, c.column_default, c.is_nullable, c.data_type,
    c.character_maximum_length, c.numeric_precision, c.numeric_scale, c.datetime_precision, c.domain_schema, c.domain_name,
    c.udt_schema, c.udt_name, c.identity_generation, c.generation_expression
  FROM information_schema.columns AS c WHERE (c.table_schema <> 'information_schema' AND c.table_schema !~ '^pg_' AND $1::text[] IS NULL OR c.table_schema = ANY ($1::text[]))
)
SELECT 0::oid AS oid, c.ordinal_position::int4 AS subid, c.table_schema::text AS schema, c.table_name::text AS parent,
  c.column_name::text AS name,
  CASE
    WHEN c.domain_name IS NOT NULL THEN pg_catalog.quote_ident(c.domain_schema) || '.' || pg_catalog.quote_ident(c.domain_name)
    WHEN c.data_type = 'ARRAY' THEN CASE pg_catalog.substr(c.udt_name, 2)
        WHEN 'int2' THEN 'smallint' WHEN 'int4' THEN 'integer' WHEN 'int8' THEN 'bigint' WHEN 'bool' THEN 'boolean'
        WHEN 'float4' THEN 'real' WHEN 'float8' THEN 'double precision' WHEN 'varchar' THEN 'character varying'
        WHEN 'bpchar' THEN 'character' WHEN 'varbit' THEN 'bit varying' WHEN 'timestamptz' THEN 'timestamp with time zone'
        WHEN 'timestamp' THEN 'timestamp without time zone' WHEN 'timetz' THEN 'time with time zone'
        WHEN 'time' THEN 'time without time zone'
        ELSE CASE WHEN c.udt_schema = 'pg_catalog' THEN '' ELSE pg_catalog.quote_ident(c.udt_schema) || '.' END
          || pg_catalog.quote_ident(pg_catalog.substr(c.udt_name, 2))
      END || '[]'
    WHEN c.data_type = 'USER-DEFINED' THEN pg_catalog.quote_ident(c.udt_schema) || '.' || pg_catalog.quote_ident(c.udt_name)
    WHEN c.character_maximum_length IS NOT NULL THEN c.data_type || '(' || c.character_maximum_length || ')'
    WHEN c.data_type = 'numeric' AND c.numeric_precision IS NOT NULL
      THEN 'numeric(' || c.numeric_precision || ',' || c.numeric_scale || ')'
    WHEN c.datetime_precision < 6 AND c.data_type LIKE 'time%'
      THEN pg_catalog.regexp_replace(c.data_type, '^(time|timestamp)', '\1(' || c.datetime_precision || ')')
    ELSE c.data_type
  END::text AS type,
  CASE WHEN c.is_nullable = 'NO' THEN true END AS not_null,
  c.column_default::text AS default,
  pg_catalog.lower(c.identity_generation) AS identity,
  c.generation_expression::text AS generation_expression
FROM shown AS c
JOIN base AS b ON b.table_schema = c.table_schema AND b.table_name = c.table_name
