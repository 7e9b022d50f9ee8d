-- One row per function, named with its input types; aggregates are not read.
SELECT
  p.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  p.proname || '(' || COALESCE((
    SELECT pg_catalog.string_agg(pg_catalog.format_type(t.type, NULL), ', ' ORDER BY t.n)
    FROM pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY AS t(type, n)), '') || ')' AS name,
  pg_catalog.pg_get_function_arguments(p.oid) AS arguments,
  pg_catalog.pg_get_function_result(p.oid) AS returns,
  l.lanname::text AS language,
  CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END AS volatility,
  p.prosecdef AS security_definer,
  CASE WHEN p.proisstrict THEN true END AS strict,
  CASE WHEN p.proleakproof THEN true END AS leakproof,
  CASE WHEN p.prokind = 'w' THEN true END AS window,
  CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END AS parallel,
  CASE WHEN p.procost <> CASE WHEN l.lanname IN ('c', 'internal') THEN 1 ELSE 100 END THEN p.procost::text END AS cost,
  CASE WHEN p.prorows <> CASE WHEN p.proretset THEN 1000 ELSE 0 END THEN p.prorows::text END AS rows,
  p.proconfig AS settings,
  CASE WHEN l.lanname = 'sql' AND p.prosrc = ''
    THEN pg_catalog.rtrim(pg_catalog.substring(g.definition, '\n((?:BEGIN ATOMIC|RETURN ).*)$'), E'\n')
    ELSE p.prosrc
  END AS body,
  p.probin AS library,
  (SELECT pg_catalog.array_agg(pg_catalog.format_type(t.type, NULL) ORDER BY t.n)
    FROM pg_catalog.unnest(p.protrftypes) WITH ORDINALITY AS t(type, n)) AS transforms,
  CASE WHEN p.prosupport <> 0 THEN p.prosupport::pg_catalog.regproc::text END AS support,
  g.definition,
  ARRAY(
    SELECT pg_catalog.concat_ws(' ', x.mode, x.name, pg_catalog.format_type(x.type, NULL))
    FROM (
      SELECT u.n, u.type, COALESCE(p.proargmodes[u.n]::text, 'i') AS mode, COALESCE(p.proargnames[u.n], '') AS name
      FROM pg_catalog.unnest(COALESCE(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS u(type, n)
    ) AS x ORDER BY x.n) AS parameters,
  p.pronargdefaults::int4 AS defaults,
  p.oid::pg_catalog.regprocedure::text AS signature,
  pg_catalog.pg_get_userbyid(p.proowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_functiondef(p.oid) AS definition OFFSET 0) AS g
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objoid = p.oid AND d.objsubid = 0
WHERE p.prokind IN ('f', 'w')
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND p.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
      -- What a range type makes for itself belongs to it.
      AND (e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.deptype = 'e'
        OR e.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND e.deptype = 'i'))
