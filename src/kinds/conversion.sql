-- One row per conversion between encodings.
SELECT
  c.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  c.conname::text AS name,
  pg_catalog.pg_encoding_to_char(c.conforencoding)::text AS source,
  pg_catalog.pg_encoding_to_char(c.contoencoding)::text AS target,
  c.conproc::pg_catalog.regproc::text AS function,
  CASE WHEN c.condefault THEN true END AS default,
  pg_catalog.pg_get_userbyid(c.conowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_conversion AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.connamespace
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_conversion'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_conversion'::pg_catalog.regclass AND e.deptype = 'e')
