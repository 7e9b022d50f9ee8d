-- One row per unique constraint. The copies in partitions are implied by the parent's.
-- Most keys have one column: only longer ones are worth a look-up of their own.
SELECT
  k.oid,
  0 AS subid,
  n.nspname::text AS schema,
  c.relname::text AS parent,
  k.conname::text AS name,
  pg_catalog.pg_get_constraintdef(k.oid) AS definition,
  CASE WHEN pg_catalog.cardinality(k.conkey) = 1 THEN ARRAY[(
    SELECT a.attname::text FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1])]
  ELSE ARRAY(
    SELECT o.attname::text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS x(attnum, n)
    JOIN pg_catalog.pg_attribute AS o ON o.attrelid = k.conrelid AND o.attnum = x.attnum ORDER BY x.n) END AS columns,
  v.include,
  x.reloptions AS options,
  s.spcname::text AS tablespace,
  d.description AS comment
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class AS x
  ON x.oid = k.conindid AND (x.reloptions IS NOT NULL OR x.reltablespace <> 0)
LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = x.reltablespace
LEFT JOIN (
  SELECT u.indexrelid, pg_catalog.array_agg(a.attname::text ORDER BY u.n) AS include
  FROM (
    SELECT i.indexrelid, i.indrelid, i.indnkeyatts, x.attnum, x.n
    FROM pg_catalog.pg_index AS i
    CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS x(attnum, n)
    WHERE i.indnatts > i.indnkeyatts
  ) AS u
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = u.indrelid AND a.attnum = u.attnum
  WHERE u.n > u.indnkeyatts
  GROUP BY u.indexrelid
) AS v ON v.indexrelid = k.conindid
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objoid = k.oid AND d.objsubid = 0
WHERE k.contype = 'u'
  AND c.relkind IN ('r', 'p')
  AND k.conparentid = 0
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e')
