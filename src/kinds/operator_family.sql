-- One row per operator family. `members` are its operators and functions that belong to no class
-- of it: those between two types. Which of them a server ties to a class differs between versions;
-- what both types of are the input type of a class is the class's here.
SELECT
  f.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  f.opfname || ' (' || m.amname || ')' AS name,
  ARRAY(
    SELECT x.member
    FROM (
      SELECT 1 AS sort, o.amoplefttype AS lefttype, o.amoprighttype AS righttype,
        pg_catalog.format('OPERATOR %s (%s, %s) %I.%s', o.amopstrategy,
          pg_catalog.format_type(o.amoplefttype, NULL), pg_catalog.format_type(o.amoprighttype, NULL), q.nspname, r.oprname)
        || COALESCE(' FOR ORDER BY ' || (
          SELECT pg_catalog.format('%I.%I', sn.nspname, s.opfname)
          FROM pg_catalog.pg_opfamily AS s JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.opfnamespace
          WHERE o.amoppurpose = 'o' AND s.oid = o.amopsortfamily), '') AS member
      FROM pg_catalog.pg_amop AS o
      JOIN pg_catalog.pg_operator AS r ON r.oid = o.amopopr
      JOIN pg_catalog.pg_namespace AS q ON q.oid = r.oprnamespace
      WHERE o.amopfamily = f.oid
      UNION ALL
      SELECT 2, p.amproclefttype, p.amprocrighttype,
        pg_catalog.format('FUNCTION %s (%s, %s) %s', p.amprocnum, pg_catalog.format_type(p.amproclefttype, NULL),
          pg_catalog.format_type(p.amprocrighttype, NULL), p.amproc::pg_catalog.regprocedure)
      FROM pg_catalog.pg_amproc AS p
      WHERE p.amprocfamily = f.oid
    ) AS x
    WHERE x.lefttype <> x.righttype
      OR NOT EXISTS (
        SELECT FROM pg_catalog.pg_opclass AS c WHERE c.opcfamily = f.oid AND c.opcintype = x.lefttype)
    ORDER BY x.sort, x.member) AS members,
  m.amname::text AS method,
  pg_catalog.format('%I.%I USING %I', n.nspname, f.opfname, m.amname) AS signature,
  pg_catalog.pg_get_userbyid(f.opfowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_opfamily AS f
JOIN pg_catalog.pg_am AS m ON m.oid = f.opfmethod
JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass AND d.objoid = f.oid AND d.objsubid = 0
WHERE ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND f.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass AND e.deptype = 'e')
