-- One row per foreign-data wrapper, whatever the schemas: it belongs to the database.
-- Of an option that is named like a secret only the name is read.
SELECT
  w.oid,
  0 AS subid,
  '' AS schema,
  '' AS parent,
  w.fdwname::text AS name,
  CASE WHEN w.fdwhandler <> 0 THEN w.fdwhandler::pg_catalog.regproc::text END AS handler,
  CASE WHEN w.fdwvalidator <> 0 THEN w.fdwvalidator::pg_catalog.regproc::text END AS validator,
  (SELECT pg_catalog.array_agg(
      CASE WHEN pg_catalog.split_part(x.option, '=', 1) ~* '(passw|secret|token|credential|private|_key$|^key$)'
        THEN pg_catalog.split_part(x.option, '=', 1) ELSE x.option END ORDER BY x.option)
    FROM pg_catalog.unnest(w.fdwoptions) AS x(option)) AS options,
  pg_catalog.pg_get_userbyid(w.fdwowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_foreign_data_wrapper AS w
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass AND d.objoid = w.oid AND d.objsubid = 0
WHERE w.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass AND e.deptype = 'e')
