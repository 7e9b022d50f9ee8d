-- MusicBrainz, in the order in which its own InitDb runs the files: the largest
-- of the real-world schemas, with nine schemas and hundreds of tables.
CREATE SCHEMA musicbrainz;
CREATE SCHEMA cover_art_archive;
CREATE SCHEMA dbmirror2;
CREATE SCHEMA documentation;
CREATE SCHEMA event_art_archive;
CREATE SCHEMA json_dump;
CREATE SCHEMA report;
CREATE SCHEMA sitemaps;
CREATE SCHEMA statistics;
CREATE SCHEMA wikidocs;
\i :schemas/musicbrainz/Extensions.sql
\i :schemas/musicbrainz/CreateSearchConfiguration.sql
\i :schemas/musicbrainz/CreateCollations.sql
SET search_path = musicbrainz, public;
\i :schemas/musicbrainz/CreateTypes.sql
\i :schemas/musicbrainz/CreateTables.sql
\i :schemas/musicbrainz/caa/CreateTables.sql
\i :schemas/musicbrainz/eaa/CreateTables.sql
\i :schemas/musicbrainz/documentation/CreateTables.sql
\i :schemas/musicbrainz/json_dump/CreateTables.sql
\i :schemas/musicbrainz/report/CreateTables.sql
\i :schemas/musicbrainz/sitemaps/CreateTables.sql
\i :schemas/musicbrainz/statistics/CreateTables.sql
\i :schemas/musicbrainz/wikidocs/CreateTables.sql
SET search_path = musicbrainz, public;
\i :schemas/musicbrainz/CreatePrimaryKeys.sql
\i :schemas/musicbrainz/caa/CreatePrimaryKeys.sql
\i :schemas/musicbrainz/eaa/CreatePrimaryKeys.sql
\i :schemas/musicbrainz/documentation/CreatePrimaryKeys.sql
\i :schemas/musicbrainz/json_dump/CreatePrimaryKeys.sql
\i :schemas/musicbrainz/statistics/CreatePrimaryKeys.sql
\i :schemas/musicbrainz/wikidocs/CreatePrimaryKeys.sql
SET search_path = musicbrainz, public;
\i :schemas/musicbrainz/CreateFunctions.sql
\i :schemas/musicbrainz/CreateMirrorOnlyFunctions.sql
\i :schemas/musicbrainz/caa/CreateFunctions.sql
\i :schemas/musicbrainz/eaa/CreateFunctions.sql
SET search_path = musicbrainz, public;
\i :schemas/musicbrainz/CreateIndexes.sql
\i :schemas/musicbrainz/CreateCollateIndexes.sql
\i :schemas/musicbrainz/CreateMirrorIndexes.sql
\i :schemas/musicbrainz/caa/CreateIndexes.sql
\i :schemas/musicbrainz/eaa/CreateIndexes.sql
\i :schemas/musicbrainz/json_dump/CreateIndexes.sql
\i :schemas/musicbrainz/sitemaps/CreateIndexes.sql
\i :schemas/musicbrainz/statistics/CreateIndexes.sql
SET search_path = musicbrainz, public;
\i :schemas/musicbrainz/CreateFKConstraints.sql
\i :schemas/musicbrainz/caa/CreateFKConstraints.sql
\i :schemas/musicbrainz/caa/CreateEditFKConstraints.sql
\i :schemas/musicbrainz/eaa/CreateFKConstraints.sql
\i :schemas/musicbrainz/eaa/CreateEditFKConstraints.sql
\i :schemas/musicbrainz/documentation/CreateFKConstraints.sql
\i :schemas/musicbrainz/sitemaps/CreateFKConstraints.sql
SET search_path = musicbrainz, public;
\i :schemas/musicbrainz/CreateConstraints.sql
\i :schemas/musicbrainz/CreateViews.sql
\i :schemas/musicbrainz/caa/CreateViews.sql
\i :schemas/musicbrainz/eaa/CreateViews.sql
SET search_path = musicbrainz, public;
\i :schemas/musicbrainz/CreateTriggers.sql
\i :schemas/musicbrainz/caa/CreateTriggers.sql
\i :schemas/musicbrainz/eaa/CreateTriggers.sql
SET search_path = musicbrainz, public;
\i :schemas/musicbrainz/CreateSearchIndexes.sql
\set ON_ERROR_STOP 1
\i :schemas/musicbrainz/dbmirror2/ReplicationSetup.sql
\i :schemas/musicbrainz/dbmirror2/MasterSetup.sql
\i :schemas/musicbrainz/ReplicationSetup.sql
\i :schemas/musicbrainz/CreateReplicationTriggers2.sql
\i :schemas/musicbrainz/caa/CreateReplicationTriggers2.sql
\i :schemas/musicbrainz/eaa/CreateReplicationTriggers2.sql
