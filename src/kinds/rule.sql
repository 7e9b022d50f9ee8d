-- One row per rewrite rule that a user made. The rule that makes a view a view is its definition.
SELECT
  r.oid,
  0 AS subid,
  n.nspname::text AS schema,
  c.relname::text AS parent,
  r.rulename::text AS name,
  pg_catalog.pg_get_ruledef(r.oid) AS definition,
  CASE r.ev_enabled WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END
    AS enabled,
  d.description AS comment
FROM pg_catalog.pg_rewrite AS r
JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objoid = r.oid AND d.objsubid = 0
WHERE r.rulename <> '_RETURN'
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e')
