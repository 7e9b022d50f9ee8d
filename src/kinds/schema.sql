-- One row per schema. The owner and the stock comment of an untouched schema
-- `public` differ between server versions and are nobody's decision: left out. `access`
-- is `role=privilege` for every privilege of others than the owner, the stock ones included.
SELECT
  n.oid,
  0 AS subid,
  '' AS schema,
  '' AS parent,
  n.nspname::text AS name,
  CASE WHEN n.nspname <> 'public' THEN pg_catalog.pg_get_userbyid(n.nspowner)::text END AS owner,
  ARRAY(
    SELECT CASE WHEN g.grantee = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(g.grantee)::text END || '=' || g.privilege_type
    FROM pg_catalog.aclexplode(COALESCE(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) AS g
    WHERE g.grantee <> n.nspowner ORDER BY 1) AS access,
  NULLIF(d.description, 'standard public schema') AS comment
FROM pg_catalog.pg_namespace AS n
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.objoid = n.oid AND d.objsubid = 0
WHERE ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND n.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND e.deptype = 'e')
