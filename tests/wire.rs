//! Whatever stands between drift and a database, and as whomever it comes:
//! what it reads is the same, byte for byte. What it must not do there, it refuses.

use std::process::Output;
use std::sync::LazyLock;

use crate::common;
use crate::common::bouncer;
use crate::common::bouncer::Bouncer;
use crate::common::drift;
use crate::common::server::Server;
use crate::common::stderr;
use crate::common::stdout;
use crate::common::tls::Tls;
use crate::common::tls::leaf;

const DATABASE: &str = "wired";

/// A role that may read everything, one that may look into schemas, and the superuser.
const ROLES: [&str; 3] = ["wire_reader", "wire_looker", "postgres"];

/// One server with TLS, and a database that holds something of every kind and differs from what is declared.
static TLS: LazyLock<Option<Tls>> = LazyLock::new(|| {
    let tls = Tls::start()?;
    let server = &tls.server;
    server.database(DATABASE);
    server.rich_roles();
    server.load(DATABASE, &common::root().join("fixtures/half-migrated"));
    server.psql(DATABASE, &["-f", common::root().join("tests/rich.sql").to_str().unwrap()]);
    let usage = "DO $$ DECLARE n name; BEGIN FOR n IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' LOOP \
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO wire_looker', n); END LOOP; END $$";
    for sql in [
        "CREATE ROLE wire_reader LOGIN",
        "CREATE ROLE wire_looker LOGIN",
        "GRANT pg_read_all_data TO wire_reader",
        "ALTER ROLE wire_reader SET default_transaction_read_only = on",
        usage,
    ] {
        server.psql(DATABASE, &["-c", sql]);
    }
    Some(tls)
});

fn tls() -> Option<&'static Tls> {
    TLS.as_ref()
}

/// What a check writes, without the name of what it read and what the role could not see of it.
fn check(url: &str) -> String {
    let output = drift(&["check", url, "--format", "json", "--max-invisible", "100"]);
    assert_eq!(output.status.code(), Some(1), "{url}: {}", stderr(&output));
    let mut report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let actual = report["actual"].as_object_mut().unwrap();
    assert!(actual.shift_remove("name").is_some() && actual.shift_remove("coverage").is_some());
    serde_json::to_string_pretty(&report).unwrap()
}

#[track_caller]
fn same(direct: &str, other: &str, how: &str) {
    assert!(direct.matches("\"code\"").count() > 20, "{direct}");
    if direct != other {
        let diff = similar::TextDiff::from_lines(direct, other);
        panic!("{how}: {}", diff.unified_diff().context_radius(3).header("direct", how));
    }
}

fn direct(server: &Server) -> &'static str {
    static DIRECT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    DIRECT.get_or_init(|| check(&server.url("postgres", DATABASE)))
}

#[track_caller]
fn refused(output: &Output, words: &[&str]) {
    assert_eq!(output.status.code(), Some(2), "{}{}", stdout(output), stderr(output));
    let said = stderr(output);
    for word in words {
        assert!(said.contains(word), "`{word}` is missing: {said}");
    }
    assert!(said.contains("\nhelp: ") && !said.contains("s3cret"), "{said}");
}

#[test]
fn every_role_reads_the_same() {
    let Some(tls) = tls() else { return };
    for role in ROLES {
        same(direct(&tls.server), &check(&tls.server.url(role, DATABASE)), role);
    }
}

#[test]
fn over_verified_tls_it_is_the_same_and_no_other_certificate_will_do() {
    let Some(tls) = tls() else { return };
    let url = |host: &str, root| tls.url(host, "verify-full", root).replace("/postgres?", &format!("/{DATABASE}?"));
    let (good, ours) = (url("localhost", Some("ours.pem")), Some("ours.pem"));
    same(direct(&tls.server), &check(&good), "verify-full");
    let check = |url: &str| drift(&["check", url, "--format", "json"]);
    refused(&check(&url("127.0.0.1", ours)), &["for another host name", "use the name that the certificate is for"]);
    refused(&check(&url("localhost", Some("other.pem"))), &["not known here", "sslrootcert=FILE"]);
    refused(&check(&url("localhost", None)), &["not known here", "sslrootcert=FILE"]);
    let mut expired = leaf();
    expired.not_before = rcgen::date_time_ymd(2001, 1, 1);
    expired.not_after = rcgen::date_time_ymd(2002, 1, 1);
    tls.offer(&expired);
    refused(&check(&good), &["has expired", "renew the certificate of the server"]);
    let mut early = leaf();
    early.not_before = rcgen::date_time_ymd(2901, 1, 1);
    early.not_after = rcgen::date_time_ymd(2902, 1, 1);
    tls.offer(&early);
    refused(&check(&good), &["not valid yet", "check the clock"]);
    tls.offer_self_signed();
    refused(&check(&good), &["not known here", "sslrootcert=FILE"]);
    tls.offer(&leaf());
    same(direct(&tls.server), &self::check(&good), "verify-full again");
}

/// A plan that one column is missing, made for the database itself.
fn plan(server: &Server, directory: &std::path::Path) -> String {
    std::fs::write(directory.join("declared.sql"), "CREATE TABLE t (id int PRIMARY KEY, a text);\n").unwrap();
    let (plan, declared) = (directory.join("plan.sql"), directory.join("declared.sql"));
    let url = server.url("postgres", "wire_plain");
    let arguments = ["fix", "--full", &url, "--to", declared.to_str().unwrap(), "--output", plan.to_str().unwrap()];
    let output = drift(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    plan.to_str().unwrap().to_owned()
}

#[test]
fn through_a_pooler_in_transaction_mode_it_reads_the_same_and_changes_nothing() {
    let (Some(tls), Some((packaged, newer))) = (tls(), bouncer::programs()) else { return };
    let server = &tls.server;
    server.database("wire_plain");
    server.psql("wire_plain", &["-c", "CREATE TABLE t (id int PRIMARY KEY)"]);
    let directory = tempfile::tempdir().unwrap();
    let plan = plan(server, directory.path());
    // A pool of one keeps everybody waiting; one that takes turns gives back what was given before.
    for (program, settings) in [
        (&packaged, "default_pool_size = 1"),
        (&packaged, "default_pool_size = 3\nserver_round_robin = 1"),
        (&newer, "max_prepared_statements = 0\ndefault_pool_size = 2"),
        (&newer, "max_prepared_statements = 200\ndefault_pool_size = 2\nserver_round_robin = 1"),
    ] {
        let bouncer = Bouncer::start(program, server, &ROLES, settings);
        let how = format!("through {} with {settings}", program.display());
        // What was given to a client before is another's by now.
        for role in ["postgres", "wire_looker", "postgres"] {
            same(direct(server), &check(&bouncer.url(role, DATABASE)), &format!("{role} {how}"));
        }
        let pooled = bouncer.url("postgres", "wire_plain");
        for more in [&["--dry-run"][..], &[]] {
            let output = drift(&[&["apply", &plan, &pooled], more].concat());
            refused(
                &output,
                &["a connection pooler in transaction mode stands before", "address of the database itself"],
            );
        }
        refused(
            &drift(&["check", &format!("{pooled}?options=-c%20work_mem%3D64MB")]),
            &["unsupported startup parameter", "leave `options` (PGOPTIONS) out"],
        );
    }
    assert_eq!(server.psql("wire_plain", &["-c", "SELECT to_regclass('drift.journal')"]).trim(), "");
    // In session mode a session is one's own.
    let session = Bouncer::start(&packaged, server, &ROLES, "default_pool_size = 5\npool_mode = session");
    let output = drift(&["apply", &plan, &session.url("postgres", "wire_plain")]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
}

#[test]
fn on_a_hot_standby_it_reads_the_same_and_changes_nothing() {
    let Some(tls) = tls() else { return };
    let expected = direct(&tls.server);
    let standby = tls.server.standby();
    for role in ROLES {
        same(expected, &check(&standby.url(role, DATABASE)), &format!("{role} on a standby"));
    }
}
