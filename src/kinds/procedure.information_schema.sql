-- One row per procedure, as information_schema shows it. It does not tell what an extension
-- owns: routines in C, as most of those are, are left out.
WITH shown AS MATERIALIZED (
  SELECT r.* FROM information_schema.routines AS r
  WHERE r.routine_type = 'PROCEDURE' AND COALESCE(r.external_language, '') NOT IN ('C', 'INTERNAL')
    AND (r.routine_schema <> 'information_schema' AND r.routine_schema !~ '^pg_' AND $1::text[] IS NULL OR r.routine_schema = ANY ($1::text[]))
), arguments AS MATERIALIZED (
  SELECT p.specific_schema, p.specific_name, pg_catalog.string_agg(CASE
      WHEN p.data_type = 'ARRAY' THEN CASE pg_catalog.substr(p.udt_name, 2)
          WHEN 'int2' THEN 'smallint' WHEN 'int4' THEN 'integer' WHEN 'int8' THEN 'bigint' WHEN 'bool' THEN 'boolean'
          WHEN 'float4' THEN 'real' WHEN 'float8' THEN 'double precision' WHEN 'varchar' THEN 'character varying'
          WHEN 'bpchar' THEN 'character' WHEN 'varbit' THEN 'bit varying' WHEN 'timestamptz' THEN 'timestamp with time zone'
          WHEN 'timestamp' THEN 'timestamp without time zone' WHEN 'timetz' THEN 'time with time zone'
          WHEN 'time' THEN 'time without time zone'
          ELSE CASE WHEN p.udt_schema = 'pg_catalog' THEN '' ELSE pg_catalog.quote_ident(p.udt_schema) || '.' END
            || pg_catalog.quote_ident(pg_catalog.substr(p.udt_name, 2))
        END || '[]'
      WHEN p.data_type = 'USER-DEFINED' THEN pg_catalog.quote_ident(p.udt_schema) || '.' || pg_catalog.quote_ident(p.udt_name)
      ELSE p.data_type
  END, ', ' ORDER BY p.ordinal_position) AS types
  FROM information_schema.parameters AS p
  WHERE p.parameter_mode IN ('IN', 'INOUT') AND (p.specific_schema <> 'information_schema' AND p.specific_schema !~ '^pg_' AND $1::text[] IS NULL OR p.specific_schema = ANY ($1::text[]))
  GROUP BY p.specific_schema, p.specific_name
)
SELECT 0::oid AS oid, 0 AS subid, s.routine_schema::text AS schema, '' AS parent,
  s.routine_name || '(' || COALESCE(a.types, '') || ')' AS name,
  pg_catalog.lower(s.external_language) AS language,
  s.security_type = 'DEFINER' AS security_definer
FROM shown AS s
LEFT JOIN arguments AS a ON a.specific_schema = s.specific_schema AND a.specific_name = s.specific_name
