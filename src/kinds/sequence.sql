-- One row per sequence, except those behind identity columns: they belong to
-- their column. `owned_by` is the column whose end is the sequence's end. One that a column
-- of an unlogged table owns is unlogged too, or is not: as old as the server is.
SELECT
  c.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  c.relname::text AS name,
  pg_catalog.format_type(s.seqtypid, NULL) AS type,
  s.seqstart AS start,
  s.seqincrement AS increment,
  s.seqmin AS min,
  s.seqmax AS max,
  s.seqcache AS cache,
  CASE WHEN s.seqcycle THEN true END AS cycle,
  o.owned_by,
  CASE WHEN c.relpersistence = 'u' AND o.kept IS DISTINCT FROM 'u' THEN 'unlogged' END AS persistence,
  CASE WHEN c.relpersistence = 'u' THEN 'unlogged' END AS kept,
  pg_catalog.pg_get_userbyid(c.relowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_sequence AS s
JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN (
  SELECT
    l.objid,
    l.deptype,
    t.relpersistence AS kept,
    pg_catalog.format('%I.%I.%I', tn.nspname, t.relname, a.attname) AS owned_by
  FROM pg_catalog.pg_sequence AS q
  JOIN pg_catalog.pg_depend AS l
    ON l.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND l.objid = q.seqrelid AND l.objsubid = 0
  JOIN pg_catalog.pg_class AS t ON t.oid = l.refobjid
  JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = l.refobjsubid
  WHERE l.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND l.refobjsubid > 0 AND l.deptype IN ('a', 'i')
) AS o ON o.objid = c.oid
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE o.deptype IS DISTINCT FROM 'i'
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e')
