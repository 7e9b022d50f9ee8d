-- Procrastinate, a task queue: enums, many PL/pgSQL functions, triggers.
\i :schemas/procrastinate/schema.sql
