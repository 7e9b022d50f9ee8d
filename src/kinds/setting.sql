-- One row per setting of this database, for everybody or for one role in it. What a role has
-- set in every database belongs to the role. A value that is named like a secret is not read.
SELECT
  0::oid AS oid,
  0 AS subid,
  '' AS schema,
  '' AS parent,
  x.parameter || COALESCE(' of ' || r.rolname, '') AS name,
  x.parameter,
  r.rolname::text AS role,
  CASE WHEN x.parameter ~* '(passw|secret|token|credential|private|_key$|^key$)' THEN NULL
    ELSE pg_catalog.substr(x.setting, pg_catalog.length(x.parameter) + 2) END AS value
FROM pg_catalog.pg_db_role_setting AS s
JOIN pg_catalog.pg_database AS b ON b.oid = s.setdatabase
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
CROSS JOIN LATERAL (
  SELECT u.setting, pg_catalog.split_part(u.setting, '=', 1) AS parameter
  FROM pg_catalog.unnest(s.setconfig) AS u(setting)
) AS x
WHERE b.datname = pg_catalog.current_database()
