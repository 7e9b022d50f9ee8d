-- One row per aggregate, named with its input types. What its function row says by
-- itself, and its final functions' defaults, are left out.
SELECT
  p.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  p.proname || '(' || COALESCE((
    SELECT pg_catalog.string_agg(pg_catalog.format_type(t.type, NULL), ', ' ORDER BY t.n)
    FROM pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY AS t(type, n)), '') || ')' AS name,
  pg_catalog.pg_get_function_arguments(p.oid) AS arguments,
  CASE a.aggkind WHEN 'o' THEN 'ordered set' WHEN 'h' THEN 'hypothetical set' END AS form,
  a.aggtransfn::pg_catalog.regproc::text AS transition,
  pg_catalog.format_type(a.aggtranstype, NULL) AS state,
  NULLIF(a.aggtransspace, 0) AS state_space,
  CASE WHEN a.aggfinalfn <> 0 THEN a.aggfinalfn::pg_catalog.regproc::text END AS final,
  CASE WHEN a.aggfinalextra THEN true END AS final_extra,
  CASE WHEN a.aggfinalmodify <> CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END
    THEN CASE a.aggfinalmodify WHEN 'r' THEN 'read_only' WHEN 's' THEN 'shareable' ELSE 'read_write' END END
    AS final_modify,
  CASE WHEN a.aggcombinefn <> 0 THEN a.aggcombinefn::pg_catalog.regproc::text END AS combine,
  CASE WHEN a.aggserialfn <> 0 THEN a.aggserialfn::pg_catalog.regproc::text END AS serialize,
  CASE WHEN a.aggdeserialfn <> 0 THEN a.aggdeserialfn::pg_catalog.regproc::text END AS deserialize,
  a.agginitval AS initial,
  CASE WHEN a.aggmtransfn <> 0 THEN a.aggmtransfn::pg_catalog.regproc::text END AS moving_transition,
  CASE WHEN a.aggminvtransfn <> 0 THEN a.aggminvtransfn::pg_catalog.regproc::text END AS moving_inverse,
  CASE WHEN a.aggmtranstype <> 0 THEN pg_catalog.format_type(a.aggmtranstype, NULL) END AS moving_state,
  NULLIF(a.aggmtransspace, 0) AS moving_state_space,
  CASE WHEN a.aggmfinalfn <> 0 THEN a.aggmfinalfn::pg_catalog.regproc::text END AS moving_final,
  CASE WHEN a.aggmfinalextra THEN true END AS moving_final_extra,
  CASE WHEN a.aggmtransfn <> 0 AND a.aggmfinalmodify <> CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END
    THEN CASE a.aggmfinalmodify WHEN 'r' THEN 'read_only' WHEN 's' THEN 'shareable' ELSE 'read_write' END END
    AS moving_final_modify,
  a.aggminitval AS moving_initial,
  CASE WHEN a.aggsortop <> 0 THEN (
    SELECT pg_catalog.format('OPERATOR(%I.%s)', q.nspname, o.oprname)
    FROM pg_catalog.pg_operator AS o JOIN pg_catalog.pg_namespace AS q ON q.oid = o.oprnamespace
    WHERE o.oid = a.aggsortop) END AS sort_operator,
  CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' END AS parallel,
  pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, CASE
    WHEN a.aggkind = 'n' AND p.pronargs = 0 THEN '*'
    ELSE pg_catalog.pg_get_function_identity_arguments(p.oid) END) AS signature,
  pg_catalog.pg_get_userbyid(p.proowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_aggregate AS a
JOIN pg_catalog.pg_proc AS p ON p.oid = a.aggfnoid
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objoid = p.oid AND d.objsubid = 0
WHERE ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND p.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.deptype = 'e')
