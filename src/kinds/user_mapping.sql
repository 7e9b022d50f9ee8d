-- One row per user mapping, whatever the schemas: it belongs to a foreign server. Of an option
-- that is named like a secret only the name is read. The view shows options to whom they
-- concern; where they are hidden the list is NULL, where there are none it is empty.
SELECT
  u.umid AS oid,
  0 AS subid,
  '' AS schema,
  u.srvname::text AS parent,
  u.usename::text AS name,
  CASE WHEN r.rolsuper
      OR u.umuser <> 0 AND u.usename = current_user
        AND (pg_catalog.pg_has_role(s.srvowner, 'USAGE') OR pg_catalog.has_server_privilege(s.oid, 'USAGE'))
      OR u.umuser = 0 AND pg_catalog.pg_has_role(s.srvowner, 'USAGE')
    THEN ARRAY(
      SELECT CASE WHEN pg_catalog.split_part(x.option, '=', 1) ~* '(passw|secret|token|credential|private|_key$|^key$)'
        THEN pg_catalog.split_part(x.option, '=', 1) ELSE x.option END
      FROM pg_catalog.unnest(u.umoptions) AS x(option) ORDER BY x.option) END AS options,
  u.usename::text AS role
FROM pg_catalog.pg_user_mappings AS u
JOIN pg_catalog.pg_foreign_server AS s ON s.oid = u.srvid
CROSS JOIN (SELECT o.rolsuper FROM pg_catalog.pg_roles AS o WHERE o.rolname = current_user) AS r
WHERE u.umid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_user_mapping'::pg_catalog.regclass AND e.deptype = 'e')
