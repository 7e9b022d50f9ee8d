-- One row per exclusion constraint. The copies in partitions are implied by the parent's.
-- Of its columns those that are compared as they are, not as part of an expression.
SELECT
  k.oid,
  0 AS subid,
  n.nspname::text AS schema,
  c.relname::text AS parent,
  k.conname::text AS name,
  pg_catalog.pg_get_constraintdef(k.oid) AS definition,
  ARRAY(
    SELECT a.attname::text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS x(attnum, n)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = x.attnum AND x.attnum <> 0
    ORDER BY x.n) AS columns,
  s.spcname::text AS tablespace,
  d.description AS comment
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class AS x ON x.oid = k.conindid
LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = x.reltablespace
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objoid = k.oid AND d.objsubid = 0
WHERE k.contype = 'x'
  AND c.relkind IN ('r', 'p')
  AND k.conparentid = 0
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e')
