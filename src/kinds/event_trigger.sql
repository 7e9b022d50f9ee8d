-- One row per event trigger, whatever the schemas: it belongs to the database.
SELECT
  t.oid,
  0 AS subid,
  '' AS schema,
  '' AS parent,
  t.evtname::text AS name,
  t.evtevent::text AS event,
  (SELECT pg_catalog.array_agg(x.tag ORDER BY x.tag) FROM pg_catalog.unnest(t.evttags) AS x(tag)) AS tags,
  pg_catalog.format('%I.%I', n.nspname, p.proname) AS function,
  CASE t.evtenabled WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END
    AS enabled,
  pg_catalog.pg_get_userbyid(t.evtowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_event_trigger AS t
JOIN pg_catalog.pg_proc AS p ON p.oid = t.evtfoid
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND d.objoid = t.oid AND d.objsubid = 0
WHERE t.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND e.deptype = 'e')
