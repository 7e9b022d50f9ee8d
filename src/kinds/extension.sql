-- One row per extension, whatever the schemas: an extension belongs to the
-- database. `plpgsql` is there in every database and is left out.
SELECT
  x.oid,
  0 AS subid,
  '' AS schema,
  '' AS parent,
  x.extname::text AS name,
  n.nspname::text AS installed_in,
  x.extversion AS version,
  x.extrelocatable AS relocatable
FROM pg_catalog.pg_extension AS x
JOIN pg_catalog.pg_namespace AS n ON n.oid = x.extnamespace
WHERE x.extname <> 'plpgsql'
