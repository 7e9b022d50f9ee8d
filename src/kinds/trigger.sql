-- One row per trigger that a user made; the copies in partitions are implied by
-- the parent's, but for the state of each: outer partitions first, since the state of
-- those is set with that of their own.
WITH RECURSIVE copies AS (
  SELECT t.oid, 0 AS depth, t.oid AS top, t.tgenabled AS usual, t.tgenabled AS state, t.tgrelid
  FROM pg_catalog.pg_trigger AS t
  WHERE NOT t.tgisinternal AND t.tgparentid = 0
    AND EXISTS (SELECT FROM pg_catalog.pg_trigger AS k WHERE k.tgparentid = t.oid)
  UNION ALL
  SELECT k.oid, c.depth + 1, c.top, c.usual, k.tgenabled, k.tgrelid
  FROM copies AS c JOIN pg_catalog.pg_trigger AS k ON k.tgparentid = c.oid
), otherwise AS (
  SELECT c.top, pg_catalog.array_agg(pg_catalog.format('%I.%I %s', n.nspname, r.relname, CASE c.state
      WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' ELSE 'always' END)
    ORDER BY c.depth, n.nspname, r.relname) AS states
  FROM copies AS c
  JOIN pg_catalog.pg_class AS r ON r.oid = c.tgrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
  WHERE c.state <> c.usual
  GROUP BY c.top
)
SELECT
  t.oid,
  0 AS subid,
  n.nspname::text AS schema,
  c.relname::text AS parent,
  t.tgname::text AS name,
  pg_catalog.pg_get_triggerdef(t.oid) AS definition,
  CASE t.tgenabled WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END
    AS enabled,
  CASE WHEN (t.tgtype & 64) <> 0 THEN 'instead of' WHEN (t.tgtype & 2) <> 0 THEN 'before' ELSE 'after' END AS timing,
  o.states AS partitions,
  (t.tgtype & 1) <> 0 AS for_each_row,
  pg_catalog.array_remove(ARRAY[
    CASE WHEN (t.tgtype & 4) <> 0 THEN 'insert' END, CASE WHEN (t.tgtype & 16) <> 0 THEN 'update' END,
    CASE WHEN (t.tgtype & 8) <> 0 THEN 'delete' END, CASE WHEN (t.tgtype & 32) <> 0 THEN 'truncate' END], NULL) AS events,
  CASE WHEN t.tgattr::text <> '' THEN ARRAY(
    SELECT a.attname::text FROM pg_catalog.unnest(t.tgattr::int2[]) AS x(attnum)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.tgrelid AND a.attnum = x.attnum ORDER BY a.attnum) END AS columns,
  t.tgfoid::pg_catalog.regprocedure::text AS function,
  d.description AS comment
FROM pg_catalog.pg_trigger AS t
JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN otherwise AS o ON o.top = t.oid
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND d.objoid = t.oid AND d.objsubid = 0
WHERE NOT t.tgisinternal
  AND t.tgparentid = 0
  AND c.relkind IN ('r', 'p', 'v', 'f')
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e')
