-- One row per cast that a user made, whatever the schemas: it belongs to the database. What a
-- range type makes for itself belongs to it.
SELECT
  c.oid,
  0 AS subid,
  '' AS schema,
  '' AS parent,
  pg_catalog.format_type(c.castsource, NULL) || ' as ' || pg_catalog.format_type(c.casttarget, NULL) AS name,
  pg_catalog.format_type(c.castsource, NULL) AS source,
  pg_catalog.format_type(c.casttarget, NULL) AS target,
  CASE WHEN c.castmethod = 'f' THEN c.castfunc::pg_catalog.regprocedure::text END AS function,
  CASE c.castmethod WHEN 'f' THEN 'function' WHEN 'i' THEN 'inout' ELSE 'binary' END AS method,
  CASE c.castcontext WHEN 'e' THEN 'explicit' WHEN 'a' THEN 'assignment' ELSE 'implicit' END AS context,
  d.description AS comment
FROM pg_catalog.pg_cast AS c
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_cast'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.oid >= 16384
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass
      AND (e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.deptype = 'e'
        OR e.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND e.deptype = 'i'))
