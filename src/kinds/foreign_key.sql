-- One row per foreign key. The copies in partitions are implied by the parent's.
-- Whether it is validated is an attribute, not a part of the definition.
-- Most keys have one column: only longer ones are worth a look-up of their own.
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
  d.description AS comment
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class AS r ON r.oid = k.confrelid
JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.relnamespace
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
