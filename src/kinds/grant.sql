-- One row per object and grantee, or per column and grantee: privileges that the
-- owner gave to somebody else. A routine without an access list is executable by
-- everybody, a type or a language usable, and they are listed so. The stock grants
-- of schema `public` differ between server versions and are left out; so is MAINTAIN,
-- which servers before 17 lack: it is noted beside what is compared.
WITH acls AS (
  SELECT
    n.nspname::text AS schema, c.relname::text AS parent, NULL::text AS column_name,
    CASE WHEN c.relkind = 'S' THEN 'sequence' ELSE 'table' END AS object_type,
    pg_catalog.format('%I.%I', n.nspname, c.relname) AS target, c.relowner AS owner, c.relacl AS acl
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relacl IS NOT NULL
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
    AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e')
  UNION ALL
  SELECT
    n.nspname::text, c.relname::text, a.attname::text, 'column',
    pg_catalog.format('%I.%I', n.nspname, c.relname), c.relowner, a.attacl
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE a.attacl IS NOT NULL
    AND NOT a.attisdropped
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
    AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e')
  UNION ALL
  SELECT
    n.nspname::text,
    p.proname || '(' || COALESCE((
      SELECT pg_catalog.string_agg(pg_catalog.format_type(t.type, NULL), ', ' ORDER BY t.n)
      FROM pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY AS t(type, n)), '') || ')',
    NULL, CASE WHEN p.prokind = 'p' THEN 'procedure' ELSE 'function' END,
    p.oid::pg_catalog.regprocedure::text, p.proowner, COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  WHERE p.prokind IN ('f', 'w', 'p', 'a')
    AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
    AND p.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
      -- What a range type makes for itself belongs to it.
      AND (e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.deptype = 'e'
        OR e.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND e.deptype = 'i'))
  UNION ALL
  -- Not the row types of relations, nor what goes with a type: arrays and multiranges.
  SELECT
    n.nspname::text, t.typname::text, NULL, 'type', pg_catalog.format('%I.%I', n.nspname, t.typname), t.typowner,
    COALESCE(t.typacl, pg_catalog.acldefault('T', t.typowner))
  FROM pg_catalog.pg_type AS t
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
  WHERE (t.typtype IN ('d', 'e', 'r') OR t.typtype = 'c' AND c.relkind = 'c')
    AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
    AND t.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND e.deptype = 'e')
  UNION ALL
  SELECT '', l.lanname::text, NULL, 'language', pg_catalog.quote_ident(l.lanname), l.lanowner,
    COALESCE(l.lanacl, pg_catalog.acldefault('l', l.lanowner))
  FROM pg_catalog.pg_language AS l
  WHERE l.lanispl AND l.oid >= 16384
    AND l.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_language'::pg_catalog.regclass AND e.deptype = 'e')
  UNION ALL
  SELECT n.nspname::text, '', NULL, 'schema', pg_catalog.quote_ident(n.nspname), n.nspowner, n.nspacl
  FROM pg_catalog.pg_namespace AS n
  WHERE n.nspacl IS NOT NULL
    AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
    AND n.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND e.deptype = 'e')
  UNION ALL
  SELECT '', w.fdwname::text, NULL, 'foreign data wrapper', pg_catalog.quote_ident(w.fdwname), w.fdwowner, w.fdwacl
  FROM pg_catalog.pg_foreign_data_wrapper AS w
  WHERE w.fdwacl IS NOT NULL
    AND w.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass AND e.deptype = 'e')
  UNION ALL
  SELECT '', s.srvname::text, NULL, 'foreign server', pg_catalog.quote_ident(s.srvname), s.srvowner, s.srvacl
  FROM pg_catalog.pg_foreign_server AS s
  WHERE s.srvacl IS NOT NULL
), named AS (
  -- A type and a sequence may have one name, and so may a language, a wrapper and a server.
  SELECT a.*, pg_catalog.min(a.object_type) OVER w <> pg_catalog.max(a.object_type) OVER w AS shared
  FROM acls AS a
  WINDOW w AS (PARTITION BY a.schema, a.parent)
), grants AS (
  SELECT
    a.schema, a.parent, a.column_name, a.object_type, a.target,
    CASE WHEN g.grantee = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(g.grantee)::text END AS grantee,
    CASE WHEN a.shared AND a.object_type IN ('type', 'language', 'foreign data wrapper') THEN a.object_type END AS besides,
    g.privilege_type || CASE WHEN pg_catalog.bool_or(g.is_grantable) THEN ' WITH GRANT OPTION' ELSE '' END AS privilege
  FROM named AS a
  CROSS JOIN LATERAL pg_catalog.aclexplode(a.acl) AS g
  WHERE g.grantee <> a.owner
    AND NOT (a.object_type = 'schema' AND a.schema = 'public'
      AND (g.grantee IN (0, 10) OR pg_catalog.pg_get_userbyid(g.grantee) = 'pg_database_owner'))
  GROUP BY a.schema, a.parent, a.column_name, a.object_type, a.target, a.shared, g.grantee, g.privilege_type
)
SELECT
  0::oid AS oid,
  0 AS subid,
  g.schema,
  g.parent,
  g.grantee || COALESCE(' (' || COALESCE(g.column_name, g.besides) || ')', '') AS name,
  pg_catalog.array_agg(g.privilege ORDER BY g.privilege) FILTER (WHERE g.privilege !~ '^MAINTAIN') AS privileges,
  NULLIF(pg_catalog.bool_or(g.privilege ~ '^MAINTAIN'), false) AS maintain,
  g.object_type,
  g.target,
  g.column_name,
  g.grantee
FROM grants AS g
GROUP BY g.schema, g.parent, g.column_name, g.besides, g.object_type, g.target, g.grantee
HAVING pg_catalog.bool_or(g.privilege !~ '^MAINTAIN')
