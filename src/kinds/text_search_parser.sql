-- One row per text search parser.
SELECT
  x.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  x.prsname::text AS name,
  CASE WHEN x.prsstart <> 0 THEN x.prsstart::pg_catalog.regproc::text END AS start,
  CASE WHEN x.prstoken <> 0 THEN x.prstoken::pg_catalog.regproc::text END AS gettoken,
  CASE WHEN x.prsend <> 0 THEN x.prsend::pg_catalog.regproc::text END AS end,
  CASE WHEN x.prsheadline <> 0 THEN x.prsheadline::pg_catalog.regproc::text END AS headline,
  CASE WHEN x.prslextype <> 0 THEN x.prslextype::pg_catalog.regproc::text END AS lextypes,
  d.description AS comment
FROM pg_catalog.pg_ts_parser AS x
JOIN pg_catalog.pg_namespace AS n ON n.oid = x.prsnamespace
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_ts_parser'::pg_catalog.regclass AND d.objoid = x.oid AND d.objsubid = 0
WHERE ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND x.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_ts_parser'::pg_catalog.regclass AND e.deptype = 'e')
