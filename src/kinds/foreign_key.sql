-- One row per foreign key. The copies in partitions are implied by the parent's.
-- Whether it is validated is an attribute, not a part of the definition.
-- Most keys have one column: only longer ones are worth a look-up of their own.
-- The server checks a key by triggers of its own; who disables those leaves a key
-- that is valid by the books. One in a partition speaks for the whole key.
WITH RECURSIVE idle AS (
  SELECT t.tgconstraint AS oid, t.tgenabled AS state
  FROM pg_catalog.pg_trigger AS t
  WHERE t.tgisinternal AND t.tgconstraint <> 0 AND t.tgenabled IN ('D', 'R')
  UNION
  SELECT q.conparentid, i.state
  FROM idle AS i
  JOIN pg_catalog.pg_constraint AS q ON q.oid = i.oid
  WHERE q.conparentid <> 0
), silent AS (
  SELECT i.oid, CASE WHEN pg_catalog.bool_or(i.state = 'D') THEN 'disabled' ELSE 'replica' END AS state
  FROM idle AS i
  GROUP BY i.oid
)
SELECT
  k.oid,
  0 AS subid,
  n.nspname::text AS schema,
  c.relname::text AS parent,
  k.conname::text AS name,
  CASE WHEN k.convalidated THEN pg_catalog.pg_get_constraintdef(k.oid)
    ELSE pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', '')
  END AS definition,
  CASE WHEN pg_catalog.cardinality(k.conkey) = 1 THEN ARRAY[(
    SELECT a.attname::text FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1])]
  ELSE ARRAY(
    SELECT o.attname::text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS x(attnum, n)
    JOIN pg_catalog.pg_attribute AS o ON o.attrelid = k.conrelid AND o.attnum = x.attnum ORDER BY x.n) END AS columns,
  pg_catalog.format('%I.%I', rn.nspname, r.relname) AS references,
  CASE WHEN pg_catalog.cardinality(k.confkey) = 1 THEN ARRAY[(
    SELECT a.attname::text FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = k.confrelid AND a.attnum = k.confkey[1])]
  ELSE ARRAY(
    SELECT o.attname::text FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS x(attnum, n)
    JOIN pg_catalog.pg_attribute AS o ON o.attrelid = k.confrelid AND o.attnum = x.attnum ORDER BY x.n) END
    AS referenced_columns,
  k.convalidated AS validated,
  s.state AS triggers,
  CASE k.confdeltype
    WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' WHEN 'd' THEN 'set default' WHEN 'r' THEN 'restrict' ELSE 'no action'
  END AS on_delete,
  CASE k.confupdtype
    WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' WHEN 'd' THEN 'set default' WHEN 'r' THEN 'restrict' ELSE 'no action'
  END AS on_update,
  CASE WHEN k.confdeltype IN ('n', 'd') THEN (
    SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum)
    FROM pg_catalog.jsonb_array_elements_text(
      CASE pg_catalog.jsonb_typeof(pg_catalog.to_jsonb(k) -> 'confdelsetcols')
        WHEN 'array' THEN pg_catalog.to_jsonb(k) -> 'confdelsetcols' ELSE '[]'::jsonb END) AS x(attnum)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = x.attnum::int2) END AS set_columns,
  d.description AS comment
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class AS r ON r.oid = k.confrelid
JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.relnamespace
LEFT JOIN silent AS s ON s.oid = k.oid
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objoid = k.oid AND d.objsubid = 0
WHERE k.contype = 'f'
  AND c.relkind IN ('r', 'p')
  AND k.conparentid = 0
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e')
