-- One row per trigger, as information_schema shows it.
SELECT DISTINCT 0::oid AS oid, 0 AS subid, t.event_object_schema::text AS schema, t.event_object_table::text AS parent,
  t.trigger_name::text AS name
FROM information_schema.triggers AS t
WHERE (t.event_object_schema <> 'information_schema' AND t.event_object_schema !~ '^pg_' AND $1::text[] IS NULL OR t.event_object_schema = ANY ($1::text[]))
