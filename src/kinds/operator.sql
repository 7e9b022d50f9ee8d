-- One row per operator, named with its operands. A shell, which only keeps a name for a
-- commutator or negator to come, is none.
SELECT
  o.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  pg_catalog.format('%s(%s, %s)', o.oprname,
    CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE pg_catalog.format_type(o.oprleft, NULL) END,
    CASE WHEN o.oprright = 0 THEN 'NONE' ELSE pg_catalog.format_type(o.oprright, NULL) END) AS name,
  o.oprcode::pg_catalog.regproc::text AS function,
  CASE WHEN o.oprleft <> 0 THEN pg_catalog.format_type(o.oprleft, NULL) END AS left,
  CASE WHEN o.oprright <> 0 THEN pg_catalog.format_type(o.oprright, NULL) END AS right,
  (SELECT pg_catalog.format('OPERATOR(%I.%s)', q.nspname, x.oprname)
    FROM pg_catalog.pg_operator AS x JOIN pg_catalog.pg_namespace AS q ON q.oid = x.oprnamespace
    WHERE x.oid = o.oprcom) AS commutator,
  (SELECT pg_catalog.format('OPERATOR(%I.%s)', q.nspname, x.oprname)
    FROM pg_catalog.pg_operator AS x JOIN pg_catalog.pg_namespace AS q ON q.oid = x.oprnamespace
    WHERE x.oid = o.oprnegate) AS negator,
  CASE WHEN o.oprrest <> 0 THEN o.oprrest::pg_catalog.regproc::text END AS restrict,
  CASE WHEN o.oprjoin <> 0 THEN o.oprjoin::pg_catalog.regproc::text END AS join,
  CASE WHEN o.oprcanhash THEN true END AS hashes,
  CASE WHEN o.oprcanmerge THEN true END AS merges,
  pg_catalog.format('%I.%s (%s, %s)', n.nspname, o.oprname,
    CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE pg_catalog.format_type(o.oprleft, NULL) END,
    CASE WHEN o.oprright = 0 THEN 'NONE' ELSE pg_catalog.format_type(o.oprright, NULL) END) AS signature,
  pg_catalog.pg_get_userbyid(o.oprowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_operator AS o
JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND d.objoid = o.oid AND d.objsubid = 0
WHERE o.oprcode <> 0
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND o.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND e.deptype = 'e')
