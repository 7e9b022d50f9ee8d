-- One row per text search dictionary.
SELECT
  d.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  d.dictname::text AS name,
  pg_catalog.format('%I.%I', m.nspname, t.tmplname) AS template,
  d.dictinitoption AS options,
  pg_catalog.pg_get_userbyid(d.dictowner)::text AS owner,
  x.description AS comment
FROM pg_catalog.pg_ts_dict AS d
JOIN pg_catalog.pg_namespace AS n ON n.oid = d.dictnamespace
JOIN pg_catalog.pg_ts_template AS t ON t.oid = d.dicttemplate
JOIN pg_catalog.pg_namespace AS m ON m.oid = t.tmplnamespace
LEFT JOIN pg_catalog.pg_description AS x
  ON x.classoid = 'pg_catalog.pg_ts_dict'::pg_catalog.regclass AND x.objoid = d.oid AND x.objsubid = 0
WHERE ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND d.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_ts_dict'::pg_catalog.regclass AND e.deptype = 'e')
