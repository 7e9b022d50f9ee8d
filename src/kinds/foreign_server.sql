-- One row per foreign server, whatever the schemas: it belongs to the database.
-- Of an option that is named like a secret only the name is read.
SELECT
  s.oid,
  0 AS subid,
  '' AS schema,
  '' AS parent,
  s.srvname::text AS name,
  w.fdwname::text AS wrapper,
  s.srvtype AS type,
  s.srvversion AS version,
  (SELECT pg_catalog.array_agg(
      CASE WHEN pg_catalog.split_part(x.option, '=', 1) ~* '(passw|secret|token|credential|private|_key$|^key$)'
        THEN pg_catalog.split_part(x.option, '=', 1) ELSE x.option END ORDER BY x.option)
    FROM pg_catalog.unnest(s.srvoptions) AS x(option)) AS options,
  pg_catalog.pg_get_userbyid(s.srvowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_foreign_server AS s
JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_foreign_server'::pg_catalog.regclass AND d.objoid = s.oid AND d.objsubid = 0
WHERE s.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_foreign_server'::pg_catalog.regclass AND e.deptype = 'e')
