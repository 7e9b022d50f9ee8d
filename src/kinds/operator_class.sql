-- One row per operator class, with the operators and functions of its family between two values
-- of its type. Where two classes of a family have one type, they are the first one's.
SELECT
  c.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  c.opcname || ' (' || m.amname || ')' AS name,
  pg_catalog.format_type(c.opcintype, NULL) AS type,
  CASE WHEN c.opcdefault THEN true END AS default,
  pg_catalog.format('%I.%I', fn.nspname, f.opfname) AS family,
  CASE WHEN c.opckeytype NOT IN (0, c.opcintype) THEN pg_catalog.format_type(c.opckeytype, NULL) END AS storage,
  ARRAY(
    SELECT pg_catalog.format('OPERATOR %s (%s, %s) %I.%s', o.amopstrategy,
        pg_catalog.format_type(o.amoplefttype, NULL), pg_catalog.format_type(o.amoprighttype, NULL), q.nspname, r.oprname)
      || COALESCE(' FOR ORDER BY ' || (
        SELECT pg_catalog.format('%I.%I', sn.nspname, s.opfname)
        FROM pg_catalog.pg_opfamily AS s JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.opfnamespace
        WHERE o.amoppurpose = 'o' AND s.oid = o.amopsortfamily), '')
    FROM pg_catalog.pg_amop AS o
    JOIN pg_catalog.pg_operator AS r ON r.oid = o.amopopr
    JOIN pg_catalog.pg_namespace AS q ON q.oid = r.oprnamespace
    WHERE c.oid = l.first AND o.amopfamily = f.oid AND o.amoplefttype = c.opcintype AND o.amoprighttype = c.opcintype
    ORDER BY o.amopstrategy, o.amoppurpose) AS operators,
  ARRAY(
    SELECT pg_catalog.format('FUNCTION %s (%s, %s) %s', p.amprocnum, pg_catalog.format_type(p.amproclefttype, NULL),
      pg_catalog.format_type(p.amprocrighttype, NULL), p.amproc::pg_catalog.regprocedure)
    FROM pg_catalog.pg_amproc AS p
    WHERE c.oid = l.first AND p.amprocfamily = f.oid AND p.amproclefttype = c.opcintype AND p.amprocrighttype = c.opcintype
    ORDER BY p.amprocnum) AS functions,
  m.amname::text AS method,
  pg_catalog.format('%I.%I USING %I', n.nspname, c.opcname, m.amname) AS signature,
  pg_catalog.pg_get_userbyid(c.opcowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_opclass AS c
JOIN pg_catalog.pg_am AS m ON m.oid = c.opcmethod
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.opcnamespace
JOIN pg_catalog.pg_opfamily AS f ON f.oid = c.opcfamily
JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.opfnamespace
CROSS JOIN LATERAL (
  SELECT x.oid AS first
  FROM pg_catalog.pg_opclass AS x
  WHERE x.opcfamily = c.opcfamily AND x.opcintype = c.opcintype
  ORDER BY x.opcdefault DESC, x.opcname
  LIMIT 1) AS l
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND e.deptype = 'e')
