-- One row per domain. Its checks are part of it, one line each; comments on its constraints are, by
-- turns, a name and a text. A name of NOT NULL of the shape that servers make up is nobody's choice.
SELECT
  t.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  t.typname::text AS name,
  pg_catalog.format_type(t.typbasetype, t.typtypmod) AS type,
  CASE WHEN t.typnotnull THEN true END AS not_null,
  CASE WHEN u.conname !~ '^.+_not_null[0-9]*$' THEN u.conname::text END AS not_null_name,
  CASE WHEN u.conname <> t.typname || '_not_null' THEN u.conname::text END AS not_null_constraint,
  t.typdefault AS default,
  CASE WHEN t.typcollation <> b.typcollation THEN t.typcollation::pg_catalog.regcollation::text END AS collation,
  c.checks,
  m.constraint_comments,
  pg_catalog.pg_get_userbyid(t.typowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_type AS t
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
JOIN pg_catalog.pg_type AS b ON b.oid = t.typbasetype
LEFT JOIN (
  SELECT
    k.contypid,
    pg_catalog.string_agg(
      'CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' ' || pg_catalog.pg_get_constraintdef(k.oid),
      E'\n' ORDER BY k.conname
    ) AS checks
  FROM pg_catalog.pg_constraint AS k
  WHERE k.contypid <> 0 AND k.contype = 'c'
  GROUP BY k.contypid
) AS c ON c.contypid = t.oid
LEFT JOIN pg_catalog.pg_constraint AS u ON u.contypid = t.oid AND u.contype = 'n'
LEFT JOIN (
  SELECT
    k.contypid,
    pg_catalog.array_agg(x.part ORDER BY k.conname, x.ordinality) AS constraint_comments
  FROM pg_catalog.pg_constraint AS k
  JOIN pg_catalog.pg_description AS e
    ON e.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND e.objoid = k.oid AND e.objsubid = 0
  CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[k.conname::text, e.description]) WITH ORDINALITY AS x(part)
  WHERE k.contypid <> 0
  GROUP BY k.contypid
) AS m ON m.contypid = t.oid
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objoid = t.oid AND d.objsubid = 0
WHERE t.typtype = 'd'
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND t.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND e.deptype = 'e')
