-- One row per procedure, named with its input types. Servers differ on whether
-- they print the default argument mode IN: it is left out.
SELECT
  p.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  p.proname || '(' || COALESCE((
    SELECT pg_catalog.string_agg(pg_catalog.format_type(t.type, NULL), ', ' ORDER BY t.n)
    FROM pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY AS t(type, n)), '') || ')' AS name,
  pg_catalog.regexp_replace(pg_catalog.pg_get_function_arguments(p.oid), '(^|, )IN ', '\1', 'g') AS arguments,
  l.lanname::text AS language,
  p.prosecdef AS security_definer,
  p.proconfig AS settings,
  CASE WHEN l.lanname = 'sql' AND p.prosrc = ''
    THEN pg_catalog.rtrim(pg_catalog.substring(g.definition, '\n((?:BEGIN ATOMIC|RETURN ).*)$'), E'\n')
    ELSE p.prosrc
  END AS body,
  p.probin AS library,
  (SELECT pg_catalog.array_agg(pg_catalog.format_type(t.type, NULL) ORDER BY t.n)
    FROM pg_catalog.unnest(p.protrftypes) WITH ORDINALITY AS t(type, n)) AS transforms,
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
WHERE p.prokind IN ('p')
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND p.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.deptype = 'e')
