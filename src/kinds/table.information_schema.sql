-- One row per table, as information_schema shows it: those that the connected role may touch.
SELECT 0::oid AS oid, 0 AS subid, t.table_schema::text AS schema, '' AS parent, t.table_name::text AS name
FROM information_schema.tables AS t
WHERE t.table_type = 'BASE TABLE' AND (t.table_schema <> 'information_schema' AND t.table_schema !~ '^pg_' AND $1::text[] IS NULL OR t.table_schema = ANY ($1::text[]))
