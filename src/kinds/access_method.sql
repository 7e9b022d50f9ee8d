-- One row per access method that a user made, whatever the schemas: it belongs to the database.
SELECT
  a.oid,
  0 AS subid,
  '' AS schema,
  '' AS parent,
  a.amname::text AS name,
  CASE a.amtype WHEN 't' THEN 'table' ELSE 'index' END AS type,
  a.amhandler::pg_catalog.regproc::text AS handler,
  d.description AS comment
FROM pg_catalog.pg_am AS a
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_am'::pg_catalog.regclass AND d.objoid = a.oid AND d.objsubid = 0
WHERE a.oid >= 16384
  AND a.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_am'::pg_catalog.regclass AND e.deptype = 'e')
