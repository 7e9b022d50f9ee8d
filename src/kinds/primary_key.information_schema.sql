-- One row per primary key constraint, as information_schema shows it; INCLUDE columns are not shown.
WITH shown AS MATERIALIZED (
  SELECT t.*, pg_catalog.to_jsonb(t) ->> 'nulls_distinct' AS distinct_nulls FROM information_schema.table_constraints AS t
  WHERE t.constraint_type = 'PRIMARY KEY' AND (t.table_schema <> 'information_schema' AND t.table_schema !~ '^pg_' AND $1::text[] IS NULL OR t.table_schema = ANY ($1::text[]))
), used AS MATERIALIZED (
  SELECT u.table_schema, u.table_name, u.constraint_name,
    pg_catalog.string_agg(pg_catalog.quote_ident(u.column_name), ', ' ORDER BY u.ordinal_position) AS columns
  FROM information_schema.key_column_usage AS u
  WHERE (u.table_schema <> 'information_schema' AND u.table_schema !~ '^pg_' AND $1::text[] IS NULL OR u.table_schema = ANY ($1::text[]))
  GROUP BY u.table_schema, u.table_name, u.constraint_name
)
SELECT 0::oid AS oid, 0 AS subid, s.table_schema::text AS schema, s.table_name::text AS parent, s.constraint_name::text AS name,
  'PRIMARY KEY' || ' (' || u.columns || ')'
    || CASE WHEN s.is_deferrable = 'YES' THEN ' DEFERRABLE' ELSE '' END
    || CASE WHEN s.initially_deferred = 'YES' THEN ' INITIALLY DEFERRED' ELSE '' END AS definition
FROM shown AS s
JOIN used AS u ON u.table_schema = s.table_schema AND u.table_name = s.table_name AND u.constraint_name = s.constraint_name
