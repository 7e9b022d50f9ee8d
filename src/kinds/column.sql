-- One row per column of a table, foreign ones included. A collation and a storage that are the type's
-- own are left out; `inherited` is true where only a parent declares the column.
-- From version 18 on, NOT NULL is a constraint. It may hold for new rows only, and is named then. A name
-- of the shape that servers make up is nobody's choice; what is inherited has its parent's.
SELECT
  a.attrelid AS oid,
  a.attnum::int4 AS subid,
  n.nspname::text AS schema,
  c.relname::text AS parent,
  a.attname::text AS name,
  pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
  CASE WHEN t.typtype = 'd' THEN (
    WITH RECURSIVE b AS (
      SELECT t.typbasetype AS type, t.typtypmod AS modifier
      UNION ALL
      SELECT u.typbasetype, u.typtypmod
      FROM b JOIN pg_catalog.pg_type AS u ON u.oid = b.type AND u.typtype = 'd'
    )
    SELECT pg_catalog.format_type(b.type, b.modifier)
    FROM b JOIN pg_catalog.pg_type AS u ON u.oid = b.type AND u.typtype <> 'd') END AS base_type,
  CASE WHEN a.attnotnull THEN true END AS not_null,
  CASE WHEN NOT q.convalidated THEN q.conname::text END AS not_null_not_valid,
  CASE WHEN q.convalidated AND q.coninhcount = 0 AND q.conname !~ '^.+_.+_not_null[0-9]*$' THEN q.conname::text END
    AS not_null_name,
  CASE WHEN q.coninhcount > 0 THEN (
    SELECT CASE WHEN pg_catalog.bool_and(u.conname <> q.conname) THEN q.conname::text END
    FROM pg_catalog.pg_inherits AS h
    JOIN pg_catalog.pg_constraint AS u ON u.conrelid = h.inhparent AND u.contype = 'n'
    JOIN pg_catalog.pg_attribute AS o ON o.attrelid = u.conrelid AND o.attnum = u.conkey[1] AND o.attname = a.attname
    WHERE h.inhrelid = a.attrelid)
  WHEN q.alike > 1 OR q.conname <> c.relname || '_' || a.attname || '_not_null' THEN q.conname::text END AS not_null_constraint,
  CASE WHEN q.connoinherit THEN true END AS not_null_no_inherit,
  r.description AS not_null_comment,
  CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(f.adbin, f.adrelid) END AS default,
  CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
  s.options AS identity_options,
  CASE WHEN s.sequence <> c.relname || '_' || a.attname || '_seq' OR s.namespace <> c.relnamespace
    THEN s.namespace::pg_catalog.regnamespace || '.' || pg_catalog.quote_ident(s.sequence) END AS identity_sequence,
  CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END AS generated,
  CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(f.adbin, f.adrelid) END AS generation_expression,
  CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::pg_catalog.regcollation::text END AS collation,
  CASE WHEN a.attstorage <> t.typstorage THEN
    CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' WHEN 'x' THEN 'extended' END
  END AS storage,
  CASE a.squeezed WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,
  NULLIF(a.attstattarget, -1)::int4 AS statistics,
  CASE WHEN a.attoptions IS NOT NULL THEN (
    SELECT pg_catalog.array_agg(x.option ORDER BY x.option COLLATE "C") FROM pg_catalog.unnest(a.attoptions) AS x(option))
  END AS options,
  CASE WHEN a.attinhcount > 0 AND NOT a.attislocal THEN true END AS inherited,
  CASE WHEN a.attfdwoptions IS NOT NULL THEN (
    SELECT pg_catalog.array_agg(x.option ORDER BY x.option) FROM pg_catalog.unnest(a.attfdwoptions) AS x(option)) END
    AS foreign_options,
  a.attnum AS position,
  d.description AS comment
-- Before version 14 the name is found outside only.
FROM (SELECT NULL::"char" AS attcompression) AS older
CROSS JOIN LATERAL (SELECT b.*, attcompression AS squeezed FROM pg_catalog.pg_attribute AS b) AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
-- A name that another table has too would not be made up again.
LEFT JOIN (
  SELECT k.*, pg_catalog.count(*) FILTER (WHERE k.coninhcount = 0) OVER (PARTITION BY k.connamespace, k.conname) AS alike
  FROM pg_catalog.pg_constraint AS k
  WHERE k.contype = 'n' AND k.conrelid <> 0
) AS q ON q.conrelid = a.attrelid AND q.conkey = ARRAY[a.attnum]
LEFT JOIN pg_catalog.pg_description AS r
  ON r.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND r.objoid = q.oid AND r.objsubid = 0
LEFT JOIN pg_catalog.pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
LEFT JOIN (
  SELECT
    l.refobjid,
    l.refobjsubid,
    r.relname AS sequence,
    r.relnamespace AS namespace,
    CASE WHEN NOT (q.seqstart = 1 AND q.seqincrement = 1 AND q.seqmin = 1 AND q.seqcache = 1 AND NOT q.seqcycle
      AND q.seqmax IN (32767, 2147483647, 9223372036854775807)) THEN
    pg_catalog.format('START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s%s', q.seqstart, q.seqincrement,
      q.seqmin, q.seqmax, q.seqcache, CASE WHEN q.seqcycle THEN ' CYCLE' END) END AS options
  FROM pg_catalog.pg_sequence AS q
  JOIN pg_catalog.pg_class AS r ON r.oid = q.seqrelid
  JOIN pg_catalog.pg_depend AS l
    ON l.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND l.objid = q.seqrelid AND l.objsubid = 0
  WHERE l.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND l.refobjsubid > 0 AND l.deptype = 'i'
) AS s ON s.refobjid = a.attrelid AND s.refobjsubid = a.attnum
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum
WHERE a.attnum > 0
  AND NOT a.attisdropped
  AND c.relkind IN ('r', 'p', 'f')
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e')
