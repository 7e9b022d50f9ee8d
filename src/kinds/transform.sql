-- One row per transform, whatever the schemas: it belongs to the database.
SELECT
  t.oid,
  0 AS subid,
  '' AS schema,
  '' AS parent,
  pg_catalog.format_type(t.trftype, NULL) || ' for ' || l.lanname AS name,
  pg_catalog.format_type(t.trftype, NULL) AS type,
  l.lanname::text AS language,
  CASE WHEN t.trffromsql <> 0 THEN t.trffromsql::pg_catalog.regprocedure::text END AS from_sql,
  CASE WHEN t.trftosql <> 0 THEN t.trftosql::pg_catalog.regprocedure::text END AS to_sql,
  d.description AS comment
FROM pg_catalog.pg_transform AS t
JOIN pg_catalog.pg_language AS l ON l.oid = t.trflang
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_transform'::pg_catalog.regclass AND d.objoid = t.oid AND d.objsubid = 0
WHERE t.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_transform'::pg_catalog.regclass AND e.deptype = 'e')
