-- One row per view, as information_schema shows it; the definition is the owner's to see.
SELECT 0::oid AS oid, 0 AS subid, v.table_schema::text AS schema, '' AS parent, v.table_name::text AS name,
  v.view_definition::text AS definition
FROM information_schema.views AS v
WHERE (v.table_schema <> 'information_schema' AND v.table_schema !~ '^pg_' AND $1::text[] IS NULL OR v.table_schema = ANY ($1::text[]))
