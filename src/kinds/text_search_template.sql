-- One row per text search template.
SELECT
  x.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  x.tmplname::text AS name,
  CASE WHEN x.tmplinit <> 0 THEN x.tmplinit::pg_catalog.regproc::text END AS init,
  CASE WHEN x.tmpllexize <> 0 THEN x.tmpllexize::pg_catalog.regproc::text END AS lexize,
  d.description AS comment
FROM pg_catalog.pg_ts_template AS x
JOIN pg_catalog.pg_namespace AS n ON n.oid = x.tmplnamespace
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_ts_template'::pg_catalog.regclass AND d.objoid = x.oid AND d.objsubid = 0
WHERE ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND x.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_ts_template'::pg_catalog.regclass AND e.deptype = 'e')
