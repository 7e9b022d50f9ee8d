-- One row per check constraint of a table. Those that only a parent declares are
-- implied by it. Whether it is validated is an attribute, not a part of the definition.
SELECT
  k.oid,
  0 AS subid,
  n.nspname::text AS schema,
  c.relname::text AS parent,
  k.conname::text AS name,
  CASE WHEN k.convalidated THEN pg_catalog.pg_get_constraintdef(k.oid)
    ELSE pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', '')
  END AS definition,
  l.columns,
  k.convalidated AS validated,
  d.description AS comment
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN (
  SELECT u.oid, pg_catalog.array_agg(a.attname::text ORDER BY u.n) AS columns
  FROM (
    SELECT q.oid, q.conrelid AS relation, x.attnum, x.n
    FROM pg_catalog.pg_constraint AS q
    CROSS JOIN LATERAL pg_catalog.unnest(q.conkey) WITH ORDINALITY AS x(attnum, n)
    WHERE q.contype = 'c' AND q.conrelid <> 0
  ) AS u
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = u.relation AND a.attnum = u.attnum
  GROUP BY u.oid
) AS l ON l.oid = k.oid
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objoid = k.oid AND d.objsubid = 0
WHERE k.contype = 'c'
  AND c.relkind IN ('r', 'p', 'f')
  AND k.conislocal
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e')
