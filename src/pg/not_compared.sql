-- One row per kind of object that is not compared and that a user made at least once.
WITH managed AS (
  SELECT n.oid, n.nspname
  FROM pg_catalog.pg_namespace AS n
  WHERE $1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    OR n.nspname = ANY ($1::text[])
), members AS (
  SELECT e.classid, e.objid
  FROM pg_catalog.pg_depend AS e
  WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.deptype = 'e'
), found AS (
  -- No extension has one; and before 14 only superusers may read the oid.
  SELECT 'what only superusers see of subscriptions' AS what, 'pg_catalog.pg_subscription'::pg_catalog.regclass AS class,
    0::pg_catalog.oid AS oid, s.subname::text AS name
  FROM pg_catalog.pg_subscription AS s JOIN pg_catalog.pg_database AS b ON b.oid = s.subdbid
  WHERE b.datname = pg_catalog.current_database()
    AND NOT pg_catalog.has_table_privilege('pg_catalog.pg_subscription', 'SELECT')
  UNION ALL
  SELECT 'options of user mappings that are hidden from this role', 'pg_catalog.pg_user_mapping'::pg_catalog.regclass,
    u.umid, u.usename || ' on ' || u.srvname
  FROM pg_catalog.pg_user_mappings AS u JOIN pg_catalog.pg_foreign_server AS s ON s.oid = u.srvid
  WHERE NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user)
    AND NOT (u.umuser <> 0 AND u.usename = current_user
      AND (pg_catalog.pg_has_role(s.srvowner, 'USAGE') OR pg_catalog.has_server_privilege(s.oid, 'USAGE')))
    AND NOT (u.umuser = 0 AND pg_catalog.pg_has_role(s.srvowner, 'USAGE'))
  UNION ALL
  SELECT 'base types', 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, m.nspname || '.' || t.typname
  FROM pg_catalog.pg_type AS t JOIN managed AS m ON m.oid = t.typnamespace
  WHERE t.typtype = 'b' AND t.typcategory <> 'A'
  UNION ALL
  SELECT 'grants on base types and row types', 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, m.nspname || '.' || t.typname
  FROM pg_catalog.pg_type AS t JOIN managed AS m ON m.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
  WHERE (t.typtype = 'b' OR c.relkind <> 'c')
    AND t.typacl::text[] <> pg_catalog.acldefault('T', t.typowner)::text[]
  UNION ALL
  -- What is put into a family of the server's own, and is no class's.
  SELECT 'members of the server''s operator families', m.class, m.oid, m.name
  FROM (
    SELECT 'pg_catalog.pg_amop'::pg_catalog.regclass AS class, o.oid, o.amopfamily AS family, o.amoplefttype AS lefttype,
      o.amoprighttype AS righttype, o.amopopr::pg_catalog.regoperator::text AS name
    FROM pg_catalog.pg_amop AS o
    UNION ALL
    SELECT 'pg_catalog.pg_amproc'::pg_catalog.regclass, p.oid, p.amprocfamily, p.amproclefttype, p.amprocrighttype,
      p.amproc::pg_catalog.regprocedure::text
    FROM pg_catalog.pg_amproc AS p
  ) AS m
  WHERE m.oid >= 16384 AND m.family < 16384
    AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_opclass AS c WHERE c.opcfamily = m.family AND c.opcintype = m.lefttype AND c.oid >= 16384)
  UNION ALL
  SELECT 'security labels of large objects', 'pg_catalog.pg_largeobject'::pg_catalog.regclass, s.objoid,
    s.provider || ': ' || s.label
  FROM pg_catalog.pg_seclabel AS s
  WHERE s.classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass
  UNION ALL
  SELECT 'security labels of the database', 'pg_catalog.pg_database'::pg_catalog.regclass, b.oid,
    s.provider || ': ' || s.label
  FROM pg_catalog.pg_shseclabel AS s
  JOIN pg_catalog.pg_database AS b ON b.oid = s.objoid AND b.datname = pg_catalog.current_database()
  WHERE s.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass
  UNION ALL
  -- Before 14 only superusers may read the number of pg_subscription, so its name has to do.
  SELECT DISTINCT 'security labels of subscriptions', 'pg_catalog.pg_subscription'::pg_catalog.regclass, s.objoid,
    s.provider || ': ' || s.label
  FROM pg_catalog.pg_shseclabel AS s
  JOIN pg_catalog.pg_stat_subscription AS a ON a.subid = s.objoid
  JOIN pg_catalog.pg_subscription AS u ON u.subname = a.subname
  JOIN pg_catalog.pg_database AS b ON b.oid = u.subdbid AND b.datname = pg_catalog.current_database()
  WHERE s.classoid = 'pg_catalog.pg_subscription'::pg_catalog.regclass
  UNION ALL
  -- Those of the parts follow the whole's unless somebody moved them.
  SELECT 'tablespaces of indexes of partitions', 'pg_catalog.pg_class'::pg_catalog.regclass, x.oid,
    m.nspname || '.' || x.relname
  FROM pg_catalog.pg_class AS x
  JOIN managed AS m ON m.oid = x.relnamespace
  JOIN pg_catalog.pg_inherits AS h ON h.inhrelid = x.oid
  JOIN pg_catalog.pg_class AS w ON w.oid = h.inhparent
  WHERE x.relkind IN ('i', 'I') AND x.reltablespace <> w.reltablespace
  UNION ALL
  SELECT 'large objects', 'pg_catalog.pg_largeobject'::pg_catalog.regclass, o.oid, o.oid::text
  FROM pg_catalog.pg_largeobject_metadata AS o
  UNION ALL
  -- The server's own, or an extension's: what the user changed about either.
  SELECT 'grants on languages', 'pg_catalog.pg_language'::pg_catalog.regclass, 0::pg_catalog.oid, l.lanname::text
  FROM pg_catalog.pg_language AS l
  WHERE l.lanpltrusted
    AND (l.oid < 16384 OR EXISTS (
      SELECT FROM members AS e WHERE e.classid = 'pg_catalog.pg_language'::pg_catalog.regclass AND e.objid = l.oid))
    AND l.lanacl::text[] <> pg_catalog.acldefault('l', l.lanowner)::text[]
  UNION ALL
  -- What a user put among the server's own, where nobody looks.
  SELECT 'relations in pg_catalog', 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, c.relname::text
  FROM pg_catalog.pg_class AS c
  WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.oid >= 16384
  UNION ALL
  SELECT 'routines in pg_catalog', 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, p.proname::text
  FROM pg_catalog.pg_proc AS p
  WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.oid >= 16384
)
SELECT
  f.what,
  pg_catalog.count(*) AS count,
  -- A type is a decision each; of the rest there may be any number.
  (pg_catalog.array_agg(f.name ORDER BY f.name))[1:CASE f.what WHEN 'base types' THEN 2147483647 ELSE 10 END] AS examples
FROM found AS f
WHERE NOT EXISTS (SELECT FROM members AS e WHERE e.classid = f.class AND e.objid = f.oid)
GROUP BY f.what
