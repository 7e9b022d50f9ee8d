-- One row per publication, whatever the schemas: it belongs to the database. A table is
-- listed with its columns where not all are published, and its filter apart from it. A
-- filter is without effect, and not shown, where the schema of the table is published too.
-- Column lists, filters and whole schemas exist since version 15.
WITH listed AS (
  SELECT
    r.prpubid, r.prrelid, n.nspname, c.relname,
    (SELECT ' (' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attname) || ')'
      FROM pg_catalog.pg_attribute AS a
      WHERE a.attrelid = r.prrelid AND a.attnum::text = ANY (pg_catalog.regexp_split_to_array(
        pg_catalog.to_jsonb(r) ->> 'prattrs', '[^0-9]+'))) AS columns,
    pg_catalog.to_jsonb(r) ->> 'prqual' IS NOT NULL AS filtered
  FROM pg_catalog.pg_publication_rel AS r
  JOIN pg_catalog.pg_class AS c ON c.oid = r.prrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
), filters AS (
  SELECT t.pubname, t.schemaname, t.tablename, pg_catalog.to_jsonb(t) ->> 'rowfilter' AS filter
  FROM pg_catalog.pg_publication_tables AS t
  WHERE EXISTS (
    SELECT FROM listed AS l JOIN pg_catalog.pg_publication AS p ON p.oid = l.prpubid
    WHERE p.pubname = t.pubname AND l.filtered)
), schemas AS (
  SELECT o.refobjid AS publication, pg_catalog.array_agg(n.nspname::text ORDER BY n.nspname) AS names
  FROM pg_catalog.pg_depend AS o
  JOIN pg_catalog.pg_depend AS s ON s.classid = o.classid AND s.objid = o.objid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = s.refobjid
  WHERE o.classid = pg_catalog.to_regclass('pg_catalog.pg_publication_namespace')
    AND o.refclassid = 'pg_catalog.pg_publication'::pg_catalog.regclass
    AND s.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
  GROUP BY o.refobjid
)
SELECT
  p.oid,
  0 AS subid,
  '' AS schema,
  '' AS parent,
  p.pubname::text AS name,
  CASE WHEN p.puballtables THEN true END AS all_tables,
  (SELECT pg_catalog.array_agg(pg_catalog.format('%I.%I', l.nspname, l.relname) || COALESCE(l.columns, '')
      ORDER BY l.nspname, l.relname)
    FROM listed AS l WHERE l.prpubid = p.oid) AS tables,
  (SELECT pg_catalog.array_agg(pg_catalog.format('%I.%I WHERE %s', l.nspname, l.relname,
        CASE WHEN f.filter ~ '^\(' THEN f.filter ELSE '(' || f.filter || ')' END) ORDER BY l.nspname, l.relname)
    FROM listed AS l
    JOIN filters AS f ON f.pubname = p.pubname AND f.schemaname = l.nspname AND f.tablename = l.relname
    WHERE l.prpubid = p.oid AND l.filtered AND f.filter IS NOT NULL) AS filters,
  s.names AS schemas,
  ARRAY(SELECT x.word FROM (VALUES (p.pubinsert, 'insert'), (p.pubupdate, 'update'), (p.pubdelete, 'delete'),
    (p.pubtruncate, 'truncate')) AS x(flag, word) WHERE x.flag) AS publish,
  CASE WHEN p.pubviaroot THEN true END AS via_partition_root,
  CASE WHEN pg_catalog.to_jsonb(p) ->> 'pubgencols' = 's' THEN true END AS generated_columns,
  pg_catalog.pg_get_userbyid(p.pubowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_publication AS p
LEFT JOIN schemas AS s ON s.publication = p.oid
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_publication'::pg_catalog.regclass AND d.objoid = p.oid AND d.objsubid = 0
WHERE p.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_publication'::pg_catalog.regclass AND e.deptype = 'e')
