-- For each asked object (schema, relation it hangs on, name), when a catalog row of that name was last
-- written; NULL where the server no longer knows. A routine is asked by its name without arguments.
WITH asked AS (
  SELECT a.n, a.schema, a.parent, a.name
  FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[]))
    WITH ORDINALITY AS a(schema, parent, name, n)
), written AS (
  SELECT a.n, c.xmin AS xid FROM asked AS a
    JOIN pg_catalog.pg_namespace AS s ON s.nspname = a.schema
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid AND c.relname = a.name
  UNION ALL
  SELECT a.n, p.xmin FROM asked AS a
    JOIN pg_catalog.pg_namespace AS s ON s.nspname = a.schema
    JOIN pg_catalog.pg_proc AS p ON p.pronamespace = s.oid AND p.proname = pg_catalog.split_part(a.name, '(', 1)
    WHERE a.parent = ''
  UNION ALL
  SELECT a.n, t.xmin FROM asked AS a
    JOIN pg_catalog.pg_namespace AS s ON s.nspname = a.schema
    JOIN pg_catalog.pg_type AS t ON t.typnamespace = s.oid AND t.typname = a.name
    WHERE a.parent = ''
  UNION ALL
  SELECT a.n, s.xmin FROM asked AS a
    JOIN pg_catalog.pg_namespace AS s ON s.nspname = a.name
    WHERE a.schema = '' AND a.parent = ''
  UNION ALL
  SELECT r.n, x.xid FROM (
      SELECT a.n, a.name, c.oid FROM asked AS a
        JOIN pg_catalog.pg_namespace AS s ON s.nspname = a.schema
        JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid AND c.relname = a.parent
    ) AS r
    CROSS JOIN LATERAL (
      SELECT k.xmin FROM pg_catalog.pg_attribute AS k WHERE k.attrelid = r.oid AND k.attname = r.name
      UNION ALL
      SELECT k.xmin FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = r.oid AND k.conname = r.name
      UNION ALL
      SELECT k.xmin FROM pg_catalog.pg_policy AS k WHERE k.polrelid = r.oid AND k.polname = r.name
      UNION ALL
      SELECT k.xmin FROM pg_catalog.pg_trigger AS k WHERE k.tgrelid = r.oid AND k.tgname = r.name
      UNION ALL
      SELECT k.xmin FROM pg_catalog.pg_rewrite AS k WHERE k.ev_class = r.oid AND k.rulename = r.name
    ) AS x(xid)
)
SELECT (a.n - 1)::int4, pg_catalog.to_char(
    pg_catalog.max(pg_catalog.pg_xact_commit_timestamp(w.xid)) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"')
FROM asked AS a
JOIN written AS w ON w.n = a.n
GROUP BY a.n
