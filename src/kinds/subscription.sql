-- One row per subscription of this database. Only superusers may read all of it, the connection
-- foremost, and which columns there are depends on the version: so what is private is asked for
-- by text, where it may be, and is NULL elsewhere. Of the connection, what is named like a
-- secret is read without its value. Options that have the server's default are left out.
WITH private AS (
  SELECT pg_catalog.jsonb_array_elements(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(
      pg_catalog.substring(x.found, '<all>(.*)</all>'), '&lt;', '<'), '&gt;', '>'), '&#x0d;', E'\r'), '&amp;', '&')
    ::pg_catalog.jsonb) AS of
  FROM (
    SELECT CASE WHEN pg_catalog.has_table_privilege('pg_catalog.pg_subscription', 'SELECT')
      THEN pg_catalog.query_to_xml(
        'SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(s) || pg_catalog.jsonb_build_object(''comment'', d.description)) AS all
          FROM pg_catalog.pg_subscription AS s
          JOIN pg_catalog.pg_database AS b ON b.oid = s.subdbid AND b.datname = pg_catalog.current_database()
          LEFT JOIN pg_catalog.pg_description AS d ON d.objoid = s.oid AND d.objsubid = 0
            AND d.classoid = ''pg_catalog.pg_subscription''::pg_catalog.regclass',
        false, false, '')::pg_catalog.text END AS found
  ) AS x
), words AS (
  SELECT p.of ->> 'subname' AS name, w.key, w.value
  FROM private AS p
  CROSS JOIN LATERAL (
    SELECT m[1] AS key, pg_catalog.regexp_replace(COALESCE(m[2], m[3]), '\\(.)', '\1', 'g') AS value
    FROM pg_catalog.regexp_matches(p.of ->> 'subconninfo',
      '([A-Za-z_]+)\s*=\s*(?:''((?:[^''\\]|\\.)*)''|((?:[^\s\\]|\\.)*))', 'g') AS m
    WHERE p.of ->> 'subconninfo' !~ '^postgres(ql)?://'
    UNION ALL
    -- Whatever stands before the last @, less the name of the user, may be a password.
    SELECT 'uri', pg_catalog.regexp_replace(u.parts[1], '^([a-z]+://)([^:@/]*)(:.*)?@', '\1\2@')
    FROM pg_catalog.regexp_split_to_array(p.of ->> 'subconninfo', '\?') AS u(parts)
    WHERE p.of ->> 'subconninfo' ~ '^postgres(ql)?://'
    UNION ALL
    SELECT 'password', ''
    WHERE p.of ->> 'subconninfo' ~ '^postgres(ql)?://[^?]*:[^?]*@'
    UNION ALL
    SELECT pg_catalog.split_part(q.word, '=', 1), pg_catalog.substr(q.word, pg_catalog.strpos(q.word, '=') + 1)
    FROM pg_catalog.regexp_split_to_table(pg_catalog.substring(p.of ->> 'subconninfo', '\?(.*)$'), '&') AS q(word)
    WHERE p.of ->> 'subconninfo' ~ '^postgres(ql)?://' AND q.word <> ''
  ) AS w
)
SELECT
  COALESCE((p.of ->> 'oid')::pg_catalog.oid, 0::pg_catalog.oid) AS oid,
  0 AS subid,
  '' AS schema,
  '' AS parent,
  s.subname::text AS name,
  CASE WHEN p.of IS NOT NULL THEN ARRAY(
    SELECT CASE
      -- A name that is not plain may be a secret's, written otherwise.
      WHEN w.key !~ '^[A-Za-z_]+$' OR w.key ~* '(passw|secret|token|credential|private|_key$|^key$)'
        OR w.key <> 'uri' AND w.value ~ '://.*@' THEN w.key
      ELSE w.key || '=' || w.value END
    FROM words AS w WHERE w.name = s.subname ORDER BY w.key <> 'uri', w.key) END AS connection,
  (SELECT pg_catalog.array_agg(u.name ORDER BY u.name) FROM pg_catalog.unnest(s.subpublications) AS u(name)) AS publications,
  s.subslotname::text AS slot_name,
  s.subenabled AS enabled,
  CASE WHEN p.of IS NOT NULL THEN ARRAY(
    SELECT o.option FROM (VALUES
      (CASE WHEN p.of ->> 'subbinary' = 'true' THEN 'binary=true' END),
      (CASE WHEN p.of ->> 'subdisableonerr' = 'true' THEN 'disable_on_error=true' END),
      (CASE WHEN p.of ->> 'subfailover' = 'true' THEN 'failover=true' END),
      (CASE WHEN p.of ->> 'suborigin' <> 'any' THEN 'origin=' || (p.of ->> 'suborigin') END),
      (CASE WHEN p.of ->> 'subpasswordrequired' = 'false' THEN 'password_required=false' END),
      (CASE WHEN p.of ->> 'subrunasowner' = 'true' THEN 'run_as_owner=true' END),
      -- Since version 18 it is parallel by itself.
      (CASE WHEN v.number >= 180000 THEN CASE p.of ->> 'substream' WHEN 'f' THEN 'streaming=off' WHEN 't' THEN 'streaming=on' END
        ELSE CASE p.of ->> 'substream' WHEN 'p' THEN 'streaming=parallel' WHEN 't' THEN 'streaming=on'
          WHEN 'true' THEN 'streaming=on' END END),
      (CASE WHEN p.of ->> 'subsynccommit' <> 'off' THEN 'synchronous_commit=' || (p.of ->> 'subsynccommit') END),
      (CASE WHEN p.of ->> 'subtwophasestate' <> 'd' THEN 'two_phase=true' END)) AS o(option)
    WHERE o.option IS NOT NULL ORDER BY o.option) END AS options,
  pg_catalog.pg_get_userbyid(s.subowner)::text AS owner,
  p.of ->> 'comment' AS comment
FROM pg_catalog.pg_subscription AS s
JOIN pg_catalog.pg_database AS b ON b.oid = s.subdbid AND b.datname = pg_catalog.current_database()
CROSS JOIN (SELECT pg_catalog.current_setting('server_version_num')::int4 AS number) AS v
LEFT JOIN private AS p ON p.of ->> 'subname' = s.subname
