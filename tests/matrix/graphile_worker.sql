-- Graphile Worker, a job queue, by all of its migrations, each in a transaction as its
-- runner does it: what was altered many times.
CREATE SCHEMA graphile_worker;
BEGIN;
\i :schemas/graphile-worker/000001.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000002.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000003.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000004.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000005.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000006.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000007.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000008.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000009.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000010.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000011.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000012.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000013.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000014.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000015.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000016.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000017.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000018.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000019.sql
COMMIT;
BEGIN;
\i :schemas/graphile-worker/000020.sql
COMMIT;
