-- One row per index that backs no constraint; the copies in partitions are
-- implied by the parent's. Built from the raw columns: printing whole index
-- definitions is most of what such a query would cost. A key says its collation
-- and operator class where they are not the column's and the type's default.
WITH keys AS (
  SELECT
    i.indexrelid,
    pg_catalog.array_agg(
      CASE WHEN k.attnum <> 0 THEN pg_catalog.quote_ident(a.attname)
        ELSE pg_catalog.pg_get_indexdef(i.indexrelid, k.n::int4, false) END
      || CASE WHEN k.coll <> 0 AND k.coll IS DISTINCT FROM COALESCE(a.attcollation, 100)
        THEN ' COLLATE ' || k.coll::pg_catalog.regcollation::text ELSE '' END
      || CASE WHEN NOT o.opcdefault OR p.attoptions IS NOT NULL
        THEN ' ' || CASE WHEN o.opcnamespace = 'pg_catalog'::pg_catalog.regnamespace
          THEN pg_catalog.quote_ident(o.opcname)
          ELSE o.opcnamespace::pg_catalog.regnamespace::text || '.' || pg_catalog.quote_ident(o.opcname) END
          || COALESCE(' (' || (
            SELECT pg_catalog.string_agg(pg_catalog.regexp_replace(x.option, '^([^=]+)=(.*)$', '\1=''\2'''), ', ')
            FROM pg_catalog.unnest(p.attoptions) AS x(option)) || ')', '')
        ELSE '' END
      || CASE k.flags WHEN 1 THEN ' DESC NULLS LAST' WHEN 2 THEN ' NULLS FIRST' WHEN 3 THEN ' DESC' ELSE '' END
      ORDER BY k.n
    ) FILTER (WHERE k.n <= i.indnkeyatts) AS keys,
    pg_catalog.array_agg(pg_catalog.quote_ident(a.attname) ORDER BY k.n) FILTER (WHERE k.n > i.indnkeyatts) AS include
  FROM pg_catalog.pg_index AS i
  CROSS JOIN LATERAL ROWS FROM (
    pg_catalog.unnest(i.indkey::int2[]), pg_catalog.unnest(i.indclass::oid[]),
    pg_catalog.unnest(i.indcollation::oid[]), pg_catalog.unnest(i.indoption::int2[])
  ) WITH ORDINALITY AS k(attnum, opclass, coll, flags, n)
  LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum <> 0
  LEFT JOIN pg_catalog.pg_attribute AS p
    ON p.attrelid = i.indexrelid AND p.attnum = k.n AND p.attoptions IS NOT NULL
  LEFT JOIN pg_catalog.pg_opclass AS o ON o.oid = k.opclass
  WHERE i.indexrelid >= 16384
  GROUP BY i.indexrelid
), leaky AS (
  SELECT DISTINCT o.oid AS opclass
  FROM pg_catalog.pg_opclass AS o
  JOIN pg_catalog.pg_amop AS s ON s.amopfamily = o.opcfamily AND s.amoplefttype = o.opcintype
  JOIN pg_catalog.pg_operator AS r ON r.oid = s.amopopr
  JOIN pg_catalog.pg_proc AS p ON p.oid = r.oprcode
  WHERE NOT p.proleakproof
)
SELECT
  x.oid,
  0 AS subid,
  n.nspname::text AS schema,
  c.relname::text AS parent,
  x.relname::text AS name,
  k.keys,
  k.include,
  pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
  i.indisunique AS unique,
  CASE WHEN i.indisunique AND (pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::bool THEN true END
    AS nulls_not_distinct,
  CASE WHEN m.amname <> 'btree' THEN m.amname::text END AS method,
  i.indisvalid AS valid,
  CASE WHEN m.amname IN ('gin', 'gist', 'spgist')
    AND i.indclass::oid[] && (SELECT pg_catalog.array_agg(leaky.opclass) FROM leaky) THEN true END AS leaky,
  x.reloptions AS options,
  s.spcname::text AS tablespace,
  t.statistics,
  d.description AS comment
FROM pg_catalog.pg_index AS i
JOIN keys AS k ON k.indexrelid = i.indexrelid
JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_am AS m ON m.oid = x.relam
LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = x.reltablespace
JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN (
  SELECT a.attrelid, pg_catalog.array_agg(a.attnum || ' ' || a.attstattarget ORDER BY a.attnum) AS statistics
  FROM pg_catalog.pg_attribute AS a
  WHERE a.attnum > 0 AND a.attstattarget >= 0
  GROUP BY a.attrelid
) AS t ON t.attrelid = i.indexrelid
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = x.oid AND d.objsubid = 0
WHERE c.relkind IN ('r', 'p', 'm')
  AND NOT x.relispartition
  AND x.oid NOT IN (SELECT q.conindid FROM pg_catalog.pg_constraint AS q WHERE q.contype IN ('p', 'u', 'x'))
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e')
