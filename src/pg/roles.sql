-- One row per role of the server, with the roles that it is a direct member of, and what
-- its sessions begin with in every database. A value that is named like a secret is not read.
-- Before 16 a role inherits from all of them or from none, and may become any.
SELECT
  r.rolname::text AS name,
  r.rolsuper AS superuser,
  r.rolbypassrls AS bypass_row_security,
  r.rolcanlogin AS login,
  (SELECT pg_catalog.array_agg(
      CASE WHEN pg_catalog.split_part(x.setting, '=', 1) ~* '(passw|secret|token|credential|private|_key$|^key$)'
        THEN pg_catalog.split_part(x.setting, '=', 1) ELSE x.setting END ORDER BY x.setting)
    FROM pg_catalog.pg_db_role_setting AS s CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS x(setting)
    WHERE s.setrole = r.oid AND s.setdatabase = 0) AS settings,
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
