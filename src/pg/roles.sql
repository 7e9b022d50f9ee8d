-- One row per role of the server, with the roles that it is a direct member of.
-- Before 16 a role inherits from all of them or from none, and may become any.
SELECT
  r.rolname::text AS name,
  r.rolsuper AS superuser,
  r.rolbypassrls AS bypass_row_security,
  r.rolcanlogin AS login,
  m.roles,
  m.inherit,
  m.set
FROM pg_catalog.pg_roles AS r
LEFT JOIN (
  SELECT
    g.member,
    pg_catalog.array_agg(g.role ORDER BY g.role) AS roles,
    pg_catalog.array_agg(g.inherit ORDER BY g.role) AS inherit,
    pg_catalog.array_agg(g.set ORDER BY g.role) AS set
  FROM (
    SELECT
      a.member,
      o.rolname::text AS role,
      pg_catalog.bool_or(COALESCE((pg_catalog.to_jsonb(a) ->> 'inherit_option')::bool, w.rolinherit)) AS inherit,
      pg_catalog.bool_or(COALESCE((pg_catalog.to_jsonb(a) ->> 'set_option')::bool, true)) AS set
    FROM pg_catalog.pg_auth_members AS a
    JOIN pg_catalog.pg_roles AS o ON o.oid = a.roleid
    JOIN pg_catalog.pg_roles AS w ON w.oid = a.member
    GROUP BY a.member, o.rolname
  ) AS g
  GROUP BY g.member
) AS m ON m.member = r.oid
ORDER BY r.rolname
