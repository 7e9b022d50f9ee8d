-- Synapse, the Matrix homeserver: its schema as its own start-up loads it, before the deltas.
\i :schemas/synapse/common/full_schemas/72/full.sql.postgres
\i :schemas/synapse/main/full_schemas/72/full.sql.postgres
\i :schemas/synapse/state/full_schemas/72/full.sql.postgres
