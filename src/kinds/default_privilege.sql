-- One row per kind of object to come, who makes it, and who is granted or refused
-- something on it by then. The owner of the database is not named: whoever runs the
-- SQL there. `revoked` is what the server would give without being asked.
WITH defaults AS (
  SELECT
    a.oid, a.defaclrole, a.defaclnamespace, a.defaclobjtype,
    CASE WHEN a.defaclrole <> (SELECT b.datdba FROM pg_catalog.pg_database AS b WHERE b.datname = pg_catalog.current_database())
      THEN pg_catalog.pg_get_userbyid(a.defaclrole)::text END AS role,
    CASE a.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
      WHEN 'n' THEN 'schemas' WHEN 'L' THEN 'large objects' END AS object_type,
    a.defaclacl AS given,
    -- In a schema the list is what is added; without one it is all there is.
    CASE WHEN a.defaclnamespace = 0 THEN pg_catalog.acldefault(
      CASE a.defaclobjtype WHEN 'S' THEN 's' ELSE a.defaclobjtype END, a.defaclrole) END AS stock
  FROM pg_catalog.pg_default_acl AS a
), privileges AS (
  SELECT d.oid, g.grantee, g.privilege_type, g.is_grantable, false AS revoked
  FROM defaults AS d CROSS JOIN LATERAL pg_catalog.aclexplode(d.given) AS g
  WHERE NOT EXISTS (
    SELECT FROM pg_catalog.aclexplode(d.stock) AS s
    WHERE s.grantee = g.grantee AND s.privilege_type = g.privilege_type AND s.is_grantable = g.is_grantable)
  UNION ALL
  SELECT d.oid, s.grantee, s.privilege_type, false, true
  FROM defaults AS d CROSS JOIN LATERAL pg_catalog.aclexplode(d.stock) AS s
  WHERE NOT EXISTS (
    SELECT FROM pg_catalog.aclexplode(d.given) AS g
    WHERE g.grantee = s.grantee AND g.privilege_type = s.privilege_type)
)
SELECT
  0::oid AS oid,
  0 AS subid,
  COALESCE(n.nspname::text, '') AS schema,
  '' AS parent,
  COALESCE(d.role || ': ', '') || d.object_type || ' to ' || w.grantee AS name,
  d.role,
  d.object_type,
  w.grantee,
  pg_catalog.array_agg(p.privilege_type || CASE WHEN p.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    ORDER BY p.privilege_type) FILTER (WHERE NOT p.revoked) AS privileges,
  pg_catalog.array_agg(p.privilege_type ORDER BY p.privilege_type) FILTER (WHERE p.revoked) AS revoked
FROM defaults AS d
JOIN privileges AS p ON p.oid = d.oid
CROSS JOIN LATERAL (
  SELECT CASE WHEN p.grantee = 0 THEN 'public' WHEN p.grantee = d.defaclrole THEN 'its owner'
    ELSE pg_catalog.pg_get_userbyid(p.grantee)::text END AS grantee
) AS w
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
WHERE p.privilege_type <> 'MAINTAIN'
  AND (d.defaclnamespace = 0
    OR $1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    OR n.nspname = ANY ($1::text[]))
GROUP BY n.nspname, d.role, d.object_type, w.grantee
