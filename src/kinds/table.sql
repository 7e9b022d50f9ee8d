-- One row per table, partitioned or not. The options of its out-of-line storage are called
-- `toast.…`, as SQL calls them.
SELECT
  c.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  c.relname::text AS name,
  CASE c.relpersistence WHEN 'u' THEN 'unlogged' WHEN 't' THEN 'temporary' END AS persistence,
  c.relrowsecurity AS row_security,
  c.relforcerowsecurity AS force_row_security,
  CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_key,
  CASE WHEN c.relispartition THEN i.parents[1] END AS partition_of,
  CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END AS partition_bound,
  CASE WHEN NOT c.relispartition THEN i.parents END AS inherits,
  CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END AS of_type,
  CASE c.relreplident WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing' WHEN 'i' THEN (
    SELECT 'index ' || r.relname
    FROM pg_catalog.pg_index AS x
    JOIN pg_catalog.pg_class AS r ON r.oid = x.indexrelid
    WHERE x.indrelid = c.oid AND x.indisreplident
  ) END AS replica_identity,
  CASE WHEN c.reloptions IS NOT NULL OR o.reloptions IS NOT NULL THEN ARRAY(
    SELECT x.option FROM (
      SELECT pg_catalog.unnest(c.reloptions) UNION ALL SELECT 'toast.' || pg_catalog.unnest(o.reloptions)
    ) AS x(option)
    ORDER BY x.option COLLATE "C") END AS options,
  CASE WHEN m.amname <> 'heap' THEN m.amname::text END AS access_method,
  -- A part is kept where the whole says, unless it says otherwise.
  CASE WHEN c.reltablespace = 0 AND c.relkind = 'r' AND c.relispartition AND i.placed THEN (
    SELECT b.spcname::text
    FROM pg_catalog.pg_database AS a JOIN pg_catalog.pg_tablespace AS b ON b.oid = a.dattablespace
    WHERE a.datname = pg_catalog.current_database()
  ) ELSE s.spcname::text END AS tablespace,
  l.name AS clustered_on,
  pg_catalog.pg_get_userbyid(c.relowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_class AS o ON o.oid = c.reltoastrelid AND o.reloptions IS NOT NULL
LEFT JOIN (
  SELECT i.indrelid, x.relname::text AS name
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
  WHERE i.indisclustered
) AS l ON l.indrelid = c.oid
LEFT JOIN (
  SELECT
    h.inhrelid,
    pg_catalog.array_agg(pg_catalog.format('%I.%I', pn.nspname, p.relname) ORDER BY h.inhseqno) AS parents,
    pg_catalog.bool_or(p.reltablespace <> 0) AS placed
  FROM pg_catalog.pg_inherits AS h
  JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent AND p.relkind IN ('r', 'p')
  JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
  GROUP BY h.inhrelid
) AS i ON i.inhrelid = c.oid
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.relkind IN ('r', 'p')
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e')
