-- One row per foreign key, as information_schema shows it. Constraint names repeat across
-- tables, and these views refer to one another by name alone: where a name is ambiguous,
-- the definition stays unknown rather than wrong.
WITH shown AS MATERIALIZED (
  SELECT t.table_schema, t.table_name, t.constraint_name, t.is_deferrable, t.initially_deferred,
    count(*) OVER (PARTITION BY t.constraint_schema, t.constraint_name) AS namesakes
  FROM information_schema.table_constraints AS t
  WHERE t.constraint_type = 'FOREIGN KEY' AND (t.table_schema <> 'information_schema' AND t.table_schema !~ '^pg_' AND $1::text[] IS NULL OR t.table_schema = ANY ($1::text[]))
), actions AS MATERIALIZED (
  SELECT r.* FROM information_schema.referential_constraints AS r WHERE (r.constraint_schema <> 'information_schema' AND r.constraint_schema !~ '^pg_' AND $1::text[] IS NULL OR r.constraint_schema = ANY ($1::text[]))
), used AS MATERIALIZED (
  SELECT u.* FROM information_schema.key_column_usage AS u
), target AS MATERIALIZED (
  SELECT u.constraint_schema, u.constraint_name, min(u.table_schema) AS table_schema, min(u.table_name) AS table_name
  FROM used AS u WHERE u.position_in_unique_constraint IS NULL
  GROUP BY u.constraint_schema, u.constraint_name
  HAVING count(DISTINCT (u.table_schema, u.table_name)) = 1
), pairs AS MATERIALIZED (
  SELECT u.table_schema, u.table_name, u.constraint_name, a.match_option, a.update_rule, a.delete_rule,
    t.table_schema AS target_schema, t.table_name AS target_name,
    pg_catalog.string_agg(pg_catalog.quote_ident(u.column_name), ', ' ORDER BY u.ordinal_position) AS columns,
    pg_catalog.string_agg(pg_catalog.quote_ident(k.column_name), ', ' ORDER BY u.ordinal_position) AS target_columns
  FROM used AS u
  JOIN actions AS a ON a.constraint_schema = u.constraint_schema AND a.constraint_name = u.constraint_name
  JOIN target AS t ON t.constraint_schema = a.unique_constraint_schema AND t.constraint_name = a.unique_constraint_name
  JOIN used AS k ON k.constraint_schema = t.constraint_schema AND k.constraint_name = t.constraint_name
    AND k.table_schema = t.table_schema AND k.table_name = t.table_name
    AND k.ordinal_position = u.position_in_unique_constraint
  WHERE u.position_in_unique_constraint IS NOT NULL
  GROUP BY u.table_schema, u.table_name, u.constraint_name, a.match_option, a.update_rule, a.delete_rule,
    t.table_schema, t.table_name
)
SELECT 0::oid AS oid, 0 AS subid, s.table_schema::text AS schema, s.table_name::text AS parent, s.constraint_name::text AS name,
  'FOREIGN KEY (' || p.columns || ') REFERENCES ' || pg_catalog.quote_ident(p.target_schema) || '.'
    || pg_catalog.quote_ident(p.target_name) || '(' || p.target_columns || ')'
    || CASE WHEN p.match_option = 'FULL' THEN ' MATCH FULL' ELSE '' END
    || CASE WHEN p.update_rule <> 'NO ACTION' THEN ' ON UPDATE ' || p.update_rule ELSE '' END
    || CASE WHEN p.delete_rule <> 'NO ACTION' THEN ' ON DELETE ' || p.delete_rule ELSE '' END
    || CASE WHEN s.is_deferrable = 'YES' THEN ' DEFERRABLE' ELSE '' END
    || CASE WHEN s.initially_deferred = 'YES' THEN ' INITIALLY DEFERRED' ELSE '' END AS definition
FROM shown AS s
LEFT JOIN pairs AS p ON s.namesakes = 1
  AND p.table_schema = s.table_schema AND p.table_name = s.table_name AND p.constraint_name = s.constraint_name
