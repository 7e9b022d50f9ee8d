-- One row per catalog row that a user made, with the transaction that wrote it.
-- A relation's own row is written anew by later statements, that of its row type is not.
SELECT
  'pg_catalog.pg_class'::pg_catalog.regclass::oid AS class, c.oid, 0 AS subid,
  COALESCE(t.xmin, c.xmin)::text::int8 AS transaction
FROM pg_catalog.pg_class AS c LEFT JOIN pg_catalog.pg_type AS t ON t.oid = c.reltype
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I')
UNION ALL
SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, a.attrelid, a.attnum::int4, a.xmin::text::int8
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
WHERE a.attrelid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f')
UNION ALL
SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_namespace AS o WHERE o.oid >= 16384
UNION ALL
SELECT 'pg_catalog.pg_extension'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_extension AS o WHERE o.oid >= 16384
UNION ALL
SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_type AS o WHERE o.oid >= 16384 AND o.typtype IN ('e', 'd', 'c', 'r')
UNION ALL
SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_collation AS o WHERE o.oid >= 16384
UNION ALL
SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_constraint AS o WHERE o.oid >= 16384
UNION ALL
-- A routine's own row is written anew by GRANT; what it depends on is recorded once.
SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, o.oid, 0, min(d.xmin::text::int8)
FROM pg_catalog.pg_proc AS o
JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = o.oid
WHERE o.oid >= 16384
GROUP BY o.oid
UNION ALL
SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_trigger AS o WHERE o.oid >= 16384 AND NOT o.tgisinternal
UNION ALL
SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_policy AS o WHERE o.oid >= 16384
UNION ALL
SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_rewrite AS o WHERE o.oid >= 16384 AND o.rulename <> '_RETURN'
UNION ALL
SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_publication AS o WHERE o.oid >= 16384
UNION ALL
SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_event_trigger AS o WHERE o.oid >= 16384
UNION ALL
SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_foreign_server AS o WHERE o.oid >= 16384
UNION ALL
SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_foreign_data_wrapper AS o WHERE o.oid >= 16384
UNION ALL
SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_language AS o WHERE o.oid >= 16384
UNION ALL
SELECT 'pg_catalog.pg_am'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_am AS o WHERE o.oid >= 16384
UNION ALL
SELECT 'pg_catalog.pg_transform'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_transform AS o WHERE o.oid >= 16384
UNION ALL
SELECT 'pg_catalog.pg_ts_parser'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_ts_parser AS o WHERE o.oid >= 16384
UNION ALL
SELECT 'pg_catalog.pg_ts_template'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_ts_template AS o WHERE o.oid >= 16384
UNION ALL
SELECT 'pg_catalog.pg_user_mapping'::pg_catalog.regclass, o.oid, 0, o.xmin::text::int8
FROM pg_catalog.pg_user_mapping AS o WHERE o.oid >= 16384
