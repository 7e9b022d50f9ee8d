-- One row per materialized view. Whether it holds rows is recorded, not compared.
SELECT
  c.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  c.relname::text AS name,
  pg_catalog.pg_get_viewdef(c.oid) AS definition,
  CASE WHEN c.reloptions IS NOT NULL OR o.reloptions IS NOT NULL THEN ARRAY(
    SELECT x.option FROM (
      SELECT pg_catalog.unnest(c.reloptions) UNION ALL SELECT 'toast.' || pg_catalog.unnest(o.reloptions)
    ) AS x(option)
    ORDER BY x.option COLLATE "C") END AS options,
  CASE WHEN m.amname <> 'heap' THEN m.amname::text END AS access_method,
  s.spcname::text AS tablespace,
  l.name AS clustered_on,
  c.relispopulated AS populated,
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
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.relkind = 'm'
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e')
