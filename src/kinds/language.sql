-- One row per procedural language that no extension brings, whatever the schemas: it belongs
-- to the database.
SELECT
  l.oid,
  0 AS subid,
  '' AS schema,
  '' AS parent,
  l.lanname::text AS name,
  CASE WHEN l.lanplcallfoid <> 0 THEN l.lanplcallfoid::pg_catalog.regproc::text END AS handler,
  CASE WHEN l.laninline <> 0 THEN l.laninline::pg_catalog.regproc::text END AS inline,
  CASE WHEN l.lanvalidator <> 0 THEN l.lanvalidator::pg_catalog.regproc::text END AS validator,
  l.lanpltrusted AS trusted,
  pg_catalog.pg_get_userbyid(l.lanowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_language AS l
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_language'::pg_catalog.regclass AND d.objoid = l.oid AND d.objsubid = 0
WHERE l.lanispl
  AND l.oid >= 16384
  AND l.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_language'::pg_catalog.regclass AND e.deptype = 'e')
