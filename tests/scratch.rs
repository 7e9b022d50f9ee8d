//! The scratch Postgres: each engine starts, runs SQL, says what failed and
//! where, and leaves nothing behind.

use crate::common;
use crate::common::server;
use drift::files::SqlFile;
use drift::scratch::Engine;
use drift::scratch::Needs;
use drift::scratch::Scratch;
use drift::scratch::compile;
use drift::scratch::compile::Places;
use drift::scratch::compile::Platform;

const SCHEMA: &str = "\
-- a header
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION \"uuid-ossp\";

CREATE TABLE items (
  id uuid PRIMARY KEY DEFAULT uuid_generate_v4(),
  hash text DEFAULT encode(digest('x', 'sha256'), 'hex')
);
COPY items (hash) FROM stdin;
a;b
c
\\.

BEGIN;
CREATE INDEX items_hash
  ON items (hash);
COMMIT;
CREATE INDEX CONCURRENTLY items_late ON items (hash);
SET search_path = pg_catalog;
CREATE TABLE public.paths AS SELECT current_setting('search_path') AS at;
";

fn file(text: &str) -> Vec<SqlFile> {
    vec![SqlFile { name: "schema.sql".to_owned(), text: text.to_owned() }]
}

async fn start(engine: &Engine, files: &[SqlFile]) -> Scratch {
    Scratch::start(engine, &Needs::of(files)).await.unwrap()
}

async fn text(scratch: &Scratch, sql: &str) -> String {
    let rows = scratch.client().query_typed(sql, &[]).await.unwrap();
    rows[0].get(0)
}

async fn loads_and_traces(engine: &Engine) {
    let files = file(SCHEMA);
    let scratch = start(engine, &files).await;
    assert_eq!(text(&scratch, "SELECT count(*)::text FROM pg_extension WHERE extname <> 'plpgsql'").await, "0");
    let path_before = text(&scratch, "SELECT current_setting('search_path')").await;
    let run = compile::load(&scratch, &files, Platform::None).await.unwrap();
    assert_eq!(text(&scratch, "SELECT string_agg(hash, ',' ORDER BY hash) FROM public.items").await, "a;b,c");
    let path = text(&scratch, "SELECT current_setting('search_path')").await;
    assert_eq!(path, path_before, "what a file sets ends with the files");
    assert_eq!(text(&scratch, "SELECT at FROM public.paths").await, "pg_catalog", "and holds until then");

    let places = Places::new(&run);
    for (name, line) in [("items", 5), ("items_hash", 15)] {
        let xid = text(&scratch, &format!("SELECT xmin::text FROM pg_class WHERE relname = '{name}'")).await;
        let found = places.locate(xid.parse().unwrap(), name).map(|at| (at.file, at.line));
        assert_eq!(found, Some(("schema.sql".to_owned(), line)), "{name}");
    }
    scratch.stop().await;
}

async fn says_what_failed(engine: &Engine) {
    let files = file("CREATE TABLE a (\n  id int,\n  other nosuch\n);\nCREATE TABLE b (id int);\nSELECT 1/0;\n");
    let scratch = start(engine, &files).await;
    let error = compile::load(&scratch, &files, Platform::None).await.unwrap_err().to_string();
    assert_eq!(error, "schema.sql:3: CREATE TABLE a (: type \"nosuch\" does not exist (42704)");

    let failures = compile::load_collecting(&scratch, &files, Platform::None).await.unwrap();
    let failures: Vec<(u32, &str)> = failures.iter().map(|f| (f.line, f.statement.as_str())).collect();
    assert_eq!(failures, [(3, "CREATE TABLE a ("), (6, "SELECT 1/0;")]);
    assert_eq!(text(&scratch, "SELECT to_regclass('b')::text").await, "b", "went on after the failure");

    let batch = ["CREATE TABLE c (id int)".to_owned(), "SELECT nosuch".to_owned()];
    let error = compile::try_batch(&scratch, &batch).await.unwrap_err().to_string();
    assert!(error.contains("(42703)"), "{error}");
    assert_eq!(text(&scratch, "SELECT (to_regclass('c') IS NULL)::text").await, "true", "taken back");
    compile::try_batch(&scratch, &batch[..1]).await.unwrap();
    scratch.stop().await;
}

async fn detaches_a_partition_concurrently(engine: &Engine) {
    let files = file(
        "CREATE TABLE p (id int) PARTITION BY LIST (id);\nCREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);\n\
         ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;\nREINDEX TABLE CONCURRENTLY p1;\nVACUUM p1;\n",
    );
    let scratch = start(engine, &files).await;
    compile::load(&scratch, &files, Platform::None).await.unwrap();
    scratch.stop().await;
}

#[cfg(feature = "embedded")]
mod embedded {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn loads_sql_and_traces_it() {
        loads_and_traces(&Engine::Embedded).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn failures_name_file_line_and_statement() {
        says_what_failed(&Engine::Embedded).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn bundled_extensions_start_out_absent() {
        let sql = "DROP EXTENSION plpgsql;\nCREATE EXTENSION plpgsql;\n\
                   CREATE EXTENSION vector;\nCREATE EXTENSION pgcrypto;\nCREATE EXTENSION cube;\n\
                   CREATE EXTENSION earthdistance;\nCREATE TABLE e (v vector(3));";
        let files = file(sql);
        let scratch = start(&Engine::Embedded, &files).await;
        assert_eq!(text(&scratch, "SELECT count(*)::text FROM pg_extension WHERE extname <> 'plpgsql'").await, "0");
        compile::load(&scratch, &files, Platform::None).await.unwrap();
        scratch.stop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_runs_alone_runs() {
        detaches_a_partition_concurrently(&Engine::Embedded).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_platform_can_be_stood_in_for() {
        let files = file("CREATE TABLE t (owner uuid DEFAULT auth.uid());\nGRANT SELECT ON t TO authenticated;");
        assert_eq!(compile::detect_platform(&files), Platform::Supabase);
        let scratch = start(&Engine::Embedded, &files).await;
        let run = compile::load(&scratch, &files, Platform::Supabase).await.unwrap();
        assert_eq!(run.statements.len(), 2, "the stand-ins are not recorded");
        scratch.stop().await;
    }

    #[test]
    fn an_extension_that_nobody_has_is_named_with_both_ways_out() {
        let files = file("CREATE EXTENSION no_such_thing;");
        for asked in [None, Some(&Engine::Embedded)] {
            let error = Engine::choose(asked, &files).unwrap_err();
            let help = drift::model::failure::help(&error).unwrap();
            assert!(error.to_string().contains("no_such_thing"), "{error}");
            assert!(help.contains("--scratch local") && help.contains("URL"), "{help}");
        }
        assert!(Engine::choose(Some(&Engine::Local), &files).is_ok());
    }
}

mod local {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn loads_sql_and_traces_it() {
        loads_and_traces(&Engine::Local).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn failures_name_file_line_and_statement() {
        says_what_failed(&Engine::Local).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_runs_alone_runs() {
        detaches_a_partition_concurrently(&Engine::Local).await;
    }

    /// A server that is killed leaves its shared memory; some thousand runs later none starts.
    #[cfg(target_os = "linux")]
    #[tokio::test(flavor = "multi_thread")]
    async fn leaves_nothing_behind() {
        let segments_of = |server: &str| {
            let all = std::fs::read_to_string("/proc/sysvipc/shm").unwrap();
            all.lines().filter(|line| line.split_whitespace().nth(4) == Some(server)).count()
        };
        for stopped in [true, false] {
            let scratch = start(&Engine::Local, &[]).await;
            let server = text(&scratch, "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)").await;
            let directory = text(&scratch, "SELECT current_setting('data_directory')").await;
            assert_eq!(segments_of(&server), 1);
            assert!(std::path::Path::new("/proc").join(&server).exists());
            if stopped {
                scratch.stop().await
            } else {
                drop(scratch)
            }
            assert_eq!(segments_of(&server), 0, "stopped: {stopped}");
            assert!(!std::path::Path::new("/proc").join(&server).exists());
            assert!(!std::path::Path::new(&directory).exists());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_server_is_left_as_it_was() {
    let Some(server) = server::start() else { return };
    let state = || {
        server.psql(
            "postgres",
            &["-c", "SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles ORDER BY 1"],
        )
    };
    let engine = Engine::parse(&server.url("postgres", "postgres")).unwrap();
    let before = state();
    for stopped in [true, false] {
        let files = file("CREATE ROLE scratch_only;\nCREATE TABLE t (id int);\nGRANT SELECT ON t TO scratch_only;");
        let scratch = start(&engine, &files).await;
        assert_eq!(scratch.user(), "postgres");
        compile::load(&scratch, &files, Platform::None).await.unwrap();
        assert_ne!(state(), before);
        if stopped {
            scratch.stop().await
        } else {
            drop(scratch)
        }
        assert_eq!(state(), before, "stopped: {stopped}");
    }
}

/// Interrupted at any moment, also while a database is being created or
/// dropped, a run takes its temporary databases with it.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing() {
    use std::process::Command;
    use std::process::Stdio;
    let Some(server) = server::start() else { return };
    let given = server.url("postgres", "postgres");
    let mut interrupted = 0;
    for delay in [20, 60, 100, 140, 180, 240, 300, 400, 500, 600] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_drift"))
            .current_dir(common::root())
            .args(["check", "fixtures/half-migrated", "--no-cache", "--scratch", &given])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(delay));
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        interrupted += usize::from(child.wait().unwrap().code() != Some(1));
        let left =
            server.psql("postgres", &["-c", "SELECT datname FROM pg_database WHERE datname LIKE 'drift_scratch%'"]);
        assert_eq!(left.trim(), "", "interrupted after {delay} ms");
    }
    assert!(interrupted > 3, "only {interrupted} runs were interrupted: the machine is too fast for this test");
}

#[test]
fn only_statements_need_extensions() {
    let needs = |sql: &str| Needs::of(&file(sql)).extensions;
    assert_eq!(needs("/* CREATE EXTENSION postgis; */ create extension\n\"uuid-ossp\";"), ["uuid-ossp"]);
    assert_eq!(needs("-- CREATE EXTENSION postgis;\nCREATE EXTENSION Vector WITH SCHEMA x;"), ["vector"]);
    assert!(needs("COMMENT ON SCHEMA s IS 'CREATE EXTENSION postgis first';").is_empty());
    assert_eq!(needs("DO $$ BEGIN CREATE EXTENSION hstore; END $$;"), ["hstore"], "a DO block runs what it says");
}

#[test]
fn only_sql_speaks_of_a_platform() {
    let platform = |sql: &str| compile::detect_platform(&file(sql));
    assert_eq!(platform("GRANT SELECT ON t TO\n  postgres, authenticated;"), Platform::Supabase);
    assert_eq!(platform("CREATE POLICY p ON t TO \"anon\" USING (true);"), Platform::Supabase);
    assert_eq!(platform("CREATE POLICY p ON t USING (auth.uid() = o);"), Platform::Supabase);
    assert_eq!(platform("-- visible to authenticated people\nCREATE TABLE t (id int);"), Platform::None);
    assert_eq!(platform("CREATE ROLE x; GRANT x TO anonymous;"), Platform::None);
}
