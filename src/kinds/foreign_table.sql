-- One row per foreign table. Of an option that is named like a secret only the name is read.
SELECT
  c.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  c.relname::text AS name,
  s.srvname::text AS server,
  (SELECT pg_catalog.array_agg(
      CASE WHEN pg_catalog.split_part(x.option, '=', 1) ~* '(passw|secret|token|credential|private|_key$|^key$)'
        THEN pg_catalog.split_part(x.option, '=', 1) ELSE x.option END ORDER BY x.option)
    FROM pg_catalog.unnest(f.ftoptions) AS x(option)) AS options,
  CASE WHEN c.relispartition THEN i.parents[1] END AS partition_of,
  CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END AS partition_bound,
  CASE WHEN NOT c.relispartition THEN i.parents END AS inherits,
  pg_catalog.pg_get_userbyid(c.relowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_foreign_table AS f
JOIN pg_catalog.pg_class AS c ON c.oid = f.ftrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_foreign_server AS s ON s.oid = f.ftserver
LEFT JOIN (
  SELECT
    h.inhrelid,
    pg_catalog.array_agg(pg_catalog.format('%I.%I', pn.nspname, p.relname) ORDER BY h.inhseqno) AS parents
  FROM pg_catalog.pg_inherits AS h
  JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent
  JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
  GROUP BY h.inhrelid
) AS i ON i.inhrelid = c.oid
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e')
