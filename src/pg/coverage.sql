-- One row: how many relations there are, and those on which the role has no privilege at all.
SELECT
  pg_catalog.count(*) AS relations,
  COALESCE(
    pg_catalog.array_agg(n.nspname || '.' || c.relname ORDER BY n.nspname, c.relname) FILTER (WHERE NOT (
      u.rolsuper
      OR pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND (
        pg_catalog.has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
        OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')))),
    '{}'
  ) AS invisible
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user) AS u
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e')
