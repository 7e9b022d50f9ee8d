//! The plans that are interrupted, each with a database to copy and an
//! application that writes into it.

use std::path::PathBuf;
use std::process::Command;

use super::proxy::Proxy;
use crate::common;
use crate::common::repair::fix;
use crate::common::repair::fixture;
use crate::common::server::Server;

const TENANT: &str = "00000000-0000-0000-0000-000000000001";

/// A plan, the database that it is for, and who uses that meanwhile.
pub struct Scenario {
    pub words: &'static str,
    /// The database that is copied.
    pub template: String,
    directory: tempfile::TempDir,
    /// The plan's file, and those that come after it.
    plan: PathBuf,
    then: Vec<PathBuf>,
    declared: Option<PathBuf>,
    pub steps: usize,
    /// How many messages an apply sends to the server.
    pub messages: usize,
    pub table: &'static str,
    pub insert: fn(u64) -> String,
    pub update: &'static str,
    /// The key of the row that the application writes with a number, as SQL.
    pub key: fn(u64) -> String,
    /// A condition, and how many rows met it before.
    pub before: (&'static str, &'static str),
    loses: bool,
    /// True where a reader keeps it from going on.
    pub waits_for_readers: bool,
    /// True where a step that waits so reads and writes no rows, and has to come to its end.
    pub has_step_timeout: bool,
}

/// All of them, their databases made.
pub fn scenarios(server: &Server) -> Vec<Scenario> {
    let mut all = vec![
        additive(server, "an additive plan for one table", "half-migrated", "workflows", "4", workflow),
        additive(server, "an additive plan from almost nothing", "remote", "agents", "3", agent),
        full(server),
        batches(server),
    ];
    for scenario in &mut all {
        scenario.measure(server);
    }
    all
}

/// One that adds to a table.
pub fn adding(server: &Server) -> Scenario {
    let mut scenario = additive(server, "an additive plan for one table", "half-migrated", "workflows", "4", workflow);
    scenario.measure(server);
    scenario
}

/// The one that writes a table anew, and builds indexes.
pub fn rewriting(server: &Server) -> Scenario {
    let mut scenario = full(server);
    scenario.measure(server);
    scenario
}

fn uuid(n: u64) -> String {
    format!("'f0000000-0000-4000-8000-{n:012}'::uuid")
}

fn workflow(n: u64) -> String {
    format!("INSERT INTO public.workflows (id, name) VALUES ({}, 'w{n}')", uuid(n))
}

fn agent(n: u64) -> String {
    format!("INSERT INTO public.agents (id, name, system_prompt) VALUES ({}, 'w{n}', 'x')", uuid(n))
}

fn additive(
    server: &Server,
    words: &'static str,
    name: &str,
    table: &'static str,
    rows: &'static str,
    insert: fn(u64) -> String,
) -> Scenario {
    let template = format!("faults_{table}");
    let url = fixture(server, name, &template);
    let directory = tempfile::tempdir().unwrap();
    let plan = directory.path().join("plan.sql");
    let tenant = format!("id={TENANT},slug=platform,name=Platform,type=platform");
    let backfill = format!("{table}={TENANT}");
    let output = fix(&url, plan.to_str().unwrap(), &["--backfill", &backfill, "--create-tenant", &tenant]);
    assert_eq!(output.status.code(), Some(0), "{}", common::stderr(&output));
    let update = match table {
        "workflows" => "UPDATE public.workflows SET name = name WHERE id = 'a0000000-0000-4000-8000-000000000001'",
        _ => "UPDATE public.agents SET name = name WHERE id = 'd0000000-0000-4000-8000-000000000001'",
    };
    Scenario {
        words,
        template,
        directory,
        plan,
        then: Vec::new(),
        declared: None,
        steps: 0,
        messages: 0,
        table,
        insert,
        update,
        key: uuid,
        before: ("id::text !~ '^f0000000'", rows),
        loses: false,
        waits_for_readers: true,
        has_step_timeout: true,
    }
}

const THERE: &str = "\
CREATE TABLE kept (id bigint PRIMARY KEY, a text, b int NOT NULL DEFAULT 7, gone text);
CREATE TABLE unused (id int PRIMARY KEY);
CREATE INDEX kept_a ON kept (a);
CREATE INDEX kept_b ON kept (b);
CREATE VIEW v AS SELECT id, a FROM kept;
INSERT INTO kept SELECT -n, 'a' || n, n, 'g' FROM generate_series(1, 5000) AS n;
INSERT INTO unused VALUES (1), (2);
";

const DECLARED: &str = "\
CREATE TABLE kept (id bigint PRIMARY KEY, a varchar(40), b bigint NOT NULL DEFAULT 7, c text, CHECK (b > 0));
CREATE INDEX kept_a ON kept (a DESC);
CREATE INDEX kept_b ON kept (b, a);
CREATE UNIQUE INDEX kept_id_b ON kept (id, b);
CREATE VIEW v AS SELECT id, a, c FROM kept;
";

fn full(server: &Server) -> Scenario {
    let template = "faults_full".to_owned();
    let url = server.database(&template);
    server.load_case(&template, THERE);
    let directory = tempfile::tempdir().unwrap();
    let declared = directory.path().join("declared.sql");
    std::fs::write(&declared, DECLARED).unwrap();
    let plan = directory.path().join("plan.sql");
    let (to, output) = (declared.to_str().unwrap(), plan.to_str().unwrap());
    let output = common::drift(&["fix", "--full", &url, "--to", to, "--output", output, "--allow-data-loss"]);
    assert_eq!(output.status.code(), Some(0), "{}", common::stderr(&output));
    Scenario {
        words: "a full plan that rewrites a table, rebuilds indexes beside it, and drops a table and a column",
        template,
        directory,
        plan,
        then: Vec::new(),
        declared: Some(declared),
        steps: 0,
        messages: 0,
        table: "kept",
        insert: |n| format!("INSERT INTO public.kept (id, a) VALUES ({n}, 'w{n}')"),
        update: "UPDATE public.kept SET a = a WHERE id = -1",
        key: |n| n.to_string(),
        before: ("id < 0", "5000"),
        loses: true,
        waits_for_readers: true,
        has_step_timeout: false,
    }
}

/// The second of three parts: rows in many small batches. The application
/// already gives new rows their tenant.
fn batches(server: &Server) -> Scenario {
    let template = "faults_batches".to_owned();
    let url = server.database(&template);
    server.load_case(
        &template,
        "CREATE TABLE tenants (id int PRIMARY KEY);\nINSERT INTO tenants VALUES (1), (2);\n\
         CREATE TABLE parents (id bigint PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants);\n\
         INSERT INTO parents SELECT n, 1 + n % 2 FROM generate_series(1, 100) AS n;\n\
         CREATE TABLE docs (id bigint PRIMARY KEY, parent bigint NOT NULL REFERENCES parents);\n\
         INSERT INTO docs SELECT -n, 1 + n % 100 FROM generate_series(1, 20000) AS n;\nANALYZE;\n",
    );
    let directory = tempfile::tempdir().unwrap();
    let spec = directory.path().join("spec");
    std::fs::create_dir(&spec).unwrap();
    std::fs::write(
        spec.join("schema.sql"),
        "CREATE TABLE tenants (id int PRIMARY KEY);\n\
         CREATE TABLE parents (id bigint PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants);\n\
         CREATE INDEX parents_tenant ON parents (tenant_id);\n\
         CREATE TABLE docs (id bigint PRIMARY KEY, parent bigint NOT NULL REFERENCES parents, tenant_id int NOT NULL REFERENCES tenants);\n\
         CREATE INDEX docs_tenant ON docs (tenant_id);\n",
    )
    .unwrap();
    let toml = "schemas = [\"public\"]\n\n[tenancy]\nregistry = \"tenants\"\ncolumn = \"tenant_id\"\n\n[backfill]\ndocs = \"parents via parent\"\n";
    std::fs::write(spec.join("drift.toml"), toml).unwrap();
    let plan = directory.path().join("plan.sql");
    let (spec, output) = (spec.to_str().unwrap().to_owned(), plan.to_str().unwrap());
    let arguments = ["fix", "--additive", &url, "--spec", &spec, "--output", output, "--phases", "--batch-rows", "50"];
    let output = common::drift(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", common::stderr(&output));
    let part = |name: &str| directory.path().join(format!("plan_{name}.sql"));
    let first = common::drift(&["apply", part("1_expand").to_str().unwrap(), &url]);
    assert_eq!(first.status.code(), Some(0), "{}{}", common::stdout(&first), common::stderr(&first));
    Scenario {
        words: "the backfill of a plan in three parts, 400 batches",
        template,
        plan: part("2_backfill"),
        then: vec![part("3_contract")],
        declared: None,
        steps: 0,
        messages: 0,
        table: "docs",
        insert: |n| format!("INSERT INTO public.docs (id, parent) VALUES ({n}, 1 + {n} % 100)"),
        update: "UPDATE public.docs SET parent = parent WHERE id = -1",
        key: |n| n.to_string(),
        before: ("id < 0 AND tenant_id = 1 + parent % 2", "20000"),
        directory,
        loses: false,
        waits_for_readers: false,
        has_step_timeout: false,
    }
}

impl Scenario {
    /// An apply of the plan, to be started.
    pub fn apply(&self, url: &str, database: &str, more: &[&str]) -> Command {
        self.apply_file(&self.plan, url, database, more)
    }

    fn apply_file(&self, plan: &PathBuf, url: &str, database: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drift"));
        command.current_dir(common::root()).arg("apply").arg(plan).args([url, "--format", "json"]).args(more);
        if self.loses {
            command.args(["--allow-data-loss", "--database", database]);
        }
        command
    }

    /// Somebody who reads the table, and goes for lunch.
    pub fn hold(&self, server: &Server, database: &str) -> Lunch {
        use std::io::Write;
        let mut child = server
            .psql_command(database)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let sql = format!("BEGIN;\nSELECT count(*) FROM public.{};\n", self.table);
        child.stdin.as_mut().unwrap().write_all(sql.as_bytes()).unwrap();
        let there = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'psql' AND state = 'idle in transaction' \
            AND query LIKE 'SELECT count%' AND datname = current_database()";
        while server.psql(database, &["-c", there]).trim() == "0" {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Lunch(child)
    }

    /// How many steps it has, and how many messages it sends: an apply that nothing interrupts.
    fn measure(&mut self, server: &Server) {
        let database = format!("{}_measured", self.template);
        server.psql("postgres", &["-c", &format!("CREATE DATABASE {database} TEMPLATE {}", self.template)]);
        let proxy = Proxy::start(server.port, usize::MAX);
        let url =
            server.url("postgres", &database).replace(&format!(":{}/", server.port), &format!(":{}/", proxy.port));
        let output = self.apply(&url, &database, &[]).output().unwrap();
        assert!(output.status.success(), "{}{}", common::stdout(&output), common::stderr(&output));
        let first: serde_json::Value = serde_json::from_str(common::stdout(&output).lines().next().unwrap()).unwrap();
        self.steps = first["steps"].as_u64().unwrap() as usize;
        self.messages = proxy.seen();
        self.assert_as_declared(server, &database, self.words);
    }

    /// Nothing differs, whoever asks.
    pub fn assert_as_declared(&self, server: &Server, database: &str, context: &str) {
        let url = server.url("postgres", database);
        for part in &self.then {
            let output = self.apply_file(part, &url, database, &[]).output().unwrap();
            assert!(output.status.success(), "{context}: {}{}", common::stdout(&output), common::stderr(&output));
        }
        let check = match &self.declared {
            Some(declared) => common::drift(&["diff", &url, declared.to_str().unwrap()]),
            None if !self.then.is_empty() => {
                let spec = self.directory.path().join("spec");
                common::drift(&["diff", &url, spec.to_str().unwrap()])
            }
            None => common::drift(&["check", &url]),
        };
        assert_eq!(check.status.code(), Some(0), "{context}: {}{}", common::stdout(&check), common::stderr(&check));
    }
}

/// A session that holds a lock until it is dropped.
pub struct Lunch(std::process::Child);

impl Drop for Lunch {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}
