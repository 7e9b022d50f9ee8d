-- One row per database that is connected to: itself. Its name, and what it was made with, belong to
-- the server. `access` is `role=privilege` for every privilege of others than the owner, as the
-- server grants them by itself where nothing was changed.
SELECT
  b.oid,
  0 AS subid,
  '' AS schema,
  '' AS parent,
  'itself' AS name,
  ARRAY(
    SELECT CASE WHEN g.grantee = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(g.grantee)::text END || '=' || g.privilege_type
      || CASE WHEN pg_catalog.bool_or(g.is_grantable) THEN ' WITH GRANT OPTION' ELSE '' END
    FROM pg_catalog.aclexplode(COALESCE(b.datacl, pg_catalog.acldefault('d', b.datdba))) AS g
    WHERE g.grantee <> b.datdba
    GROUP BY g.grantee, g.privilege_type
    ORDER BY 1) AS access,
  ARRAY(
    SELECT DISTINCT pg_catalog.pg_get_userbyid(g.grantee)::text
    FROM pg_catalog.aclexplode(b.datacl) AS g
    WHERE g.grantee NOT IN (0, b.datdba)
    ORDER BY 1) AS roles,
  NULLIF(b.datconnlimit, -1) AS connection_limit,
  CASE WHEN NOT b.datallowconn THEN true END AS closed,
  NULLIF(s.spcname::text, 'pg_default') AS tablespace,
  pg_catalog.pg_get_userbyid(b.datdba)::text AS owner,
  -- What initdb writes about its own is nobody's decision.
  NULLIF(NULLIF(d.description, 'default administrative connection database'), 'default template for new databases') AS comment
FROM pg_catalog.pg_database AS b
JOIN pg_catalog.pg_tablespace AS s ON s.oid = b.dattablespace
LEFT JOIN pg_catalog.pg_shdescription AS d
  ON d.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass AND d.objoid = b.oid
WHERE b.datname = pg_catalog.current_database()
