//! Reports made by hand, as the check of a half-migrated database makes them.

use drift::model::catalog::Coverage;
use drift::model::catalog::NotCompared;
use drift::model::finding::AttributeDrift;
use drift::model::finding::Finding;
use drift::model::finding::Fix;
use drift::model::finding::ObjectRef;
use drift::model::finding::Severity;
use drift::model::finding::Side;
use drift::model::object::Location;
use drift::model::report::Allowed;
use drift::model::report::REPORT_VERSION;
use drift::model::report::Report;
use drift::model::report::SourceSummary;
use drift::model::report::TableState;
use drift::model::report::TableSummary;

pub fn object(kind: &str, parent: &str, name: &str) -> ObjectRef {
    ObjectRef { kind: kind.into(), schema: "public".into(), parent: parent.into(), name: name.into() }
}

pub fn finding(severity: Severity, code: &str, object: ObjectRef, harm: &str, help: &str) -> Finding {
    Finding {
        code: code.into(),
        severity,
        side: Side::Database,
        message: format!("{} {} {harm}", object.kind.replace('-', " "), object.dotted()),
        object,
        help: help.into(),
        expected: None,
        actual: None,
        attributes: Vec::new(),
        includes: Vec::new(),
        declared_at: None,
        near: None,
        migration: None,
        fix: Fix::Additive,
    }
}

fn at(file: &str, line: u32) -> Option<Location> {
    Some(Location { file: format!("expected-schema/{file}.sql"), line })
}

pub fn drifted(attribute: &str, expected: &str, actual: &str) -> AttributeDrift {
    let side = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    AttributeDrift { attribute: attribute.into(), expected: side(expected), actual: side(actual) }
}

fn source(name: &str, objects: u64) -> SourceSummary {
    SourceSummary {
        name: name.into(),
        server_version: 170005,
        objects,
        coverage: Coverage { relations: 9, ..Coverage::default() },
    }
}

pub fn report(tables: Vec<TableSummary>, findings: Vec<Finding>) -> Report {
    Report {
        version: REPORT_VERSION,
        command: "check".into(),
        expected: source("expected-schema", 312),
        actual: source("fixtures/half-migrated", 187),
        tables,
        counts: Report::count(&findings),
        findings,
        probes: None,
        allowed: Vec::new(),
        baseline: None,
        rules_only: false,
    }
}

pub fn table(name: &str, state: TableState, findings: u64, rows: Option<u64>) -> TableSummary {
    TableSummary { schema: "public".into(), table: name.into(), state, findings, rows }
}

const CREATE: &str = "create it: `drift fix --additive` writes the migration";

fn missing_table(name: &str, columns: usize, more: &[(&str, &str)]) -> Finding {
    let mut includes: Vec<ObjectRef> = (0..columns).map(|n| object("column", name, &format!("column_{n}"))).collect();
    includes.extend(more.iter().map(|(kind, object_name)| object(kind, name, object_name)));
    Finding {
        includes,
        declared_at: at(name, 3),
        ..finding(
            Severity::Error,
            "table-missing",
            object("table", "", name),
            "is missing: every statement that names it fails",
            CREATE,
        )
    }
}

fn missing_column(name: &str, short: &str, line: u32) -> Finding {
    Finding {
        expected: Some(short.into()),
        declared_at: at("workflows", line),
        ..finding(
            Severity::Error,
            "column-missing",
            object("column", "workflows", name),
            "is missing: statements that name it fail",
            "add it: `drift fix --additive` does",
        )
    }
}

fn missing_child(kind: &str, name: &str, short: &str, line: u32, harm: &str) -> Finding {
    Finding {
        expected: Some(short.into()),
        declared_at: at("workflows", line),
        ..finding(Severity::Error, &format!("{kind}-missing"), object(kind, "workflows", name), harm, CREATE)
    }
}

fn workflows() -> Vec<Finding> {
    let mut tenant = missing_column("tenant_id", "uuid not null", 5);
    tenant.code = "tenant-column-missing".into();
    tenant.message = "public.workflows has no tenant_id: nothing says which tenant a row belongs to, so no policy can keep tenants apart".into();
    tenant.help =
        "add the column and say to which tenant the 4 rows belong: drift fix --additive --backfill 'workflows=<uuid>'"
            .into();
    tenant.fix = Fix::Partial {
        reason: "4 rows have no tenant: it is added nullable until --backfill says whose they are".into(),
    };
    let mut findings = vec![tenant];
    for (name, short, line) in [
        ("is_shared", "boolean not null default false", 7),
        ("sharing_mode", "text not null default 'private'::text", 8),
    ] {
        let mut share = missing_column(name, short, line);
        share.code = "share-column-missing".into();
        share.message = format!("public.workflows is shareable and has no {name}: its rows can be shared with nobody");
        findings.push(share);
    }
    findings.push(Finding {
        code: "rls-disabled".into(),
        message: "public.workflows has row-level security disabled: every role with SELECT reads every tenant's rows"
            .into(),
        help: "enable it after its policies exist: `drift fix --additive` keeps that order".into(),
        expected: None,
        fix: Fix::Partial { reason: "waits for tenant_id".into() },
        ..missing_column("x", "", 40)
    });
    findings.last_mut().unwrap().object = object("table", "", "workflows");
    for (name, short, line) in [
        ("category", "text", 12),
        ("tags", "text[] not null default '{}'::text[]", 11),
        ("access_count", "integer not null default 0", 13),
        ("last_accessed_at", "timestamp with time zone", 14),
        ("resource_type", "text not null default 'custom'::text", 10),
        ("shared_with", "uuid[] not null default '{}'::uuid[]", 9),
        ("created_by_user_id", "uuid", 6),
    ] {
        findings.push(missing_column(name, short, line));
    }
    let mut fk = missing_child(
        "foreign-key",
        "workflows_tenant_id_fkey",
        "(tenant_id) references public.tenants(id) on delete cascade",
        5,
        "is missing: rows can point at what does not exist",
    );
    fk.fix = Fix::Partial { reason: "waits for tenant_id".into() };
    findings.push(fk);
    for (name, verb, line) in [
        ("select_with_sharing", "select", 42),
        ("insert_own_tenant", "insert", 48),
        ("update_own_tenant", "update", 52),
        ("delete_own_tenant", "delete", 57),
    ] {
        findings.push(missing_child(
            "policy",
            &format!("workflows_{name}"),
            &format!("for {verb} to authenticated"),
            line,
            "is missing: the rows it opens stay closed",
        ));
    }
    findings.push(Finding {
        attributes: vec![drifted("type", "text", "character varying(100)"), drifted("not_null", "yes", "no")],
        declared_at: at("workflows", 15),
        fix: Fix::None { reason: "changing a type rewrites the table".into() },
        ..finding(
            Severity::Error,
            "column-changed",
            object("column", "workflows", "status"),
            "differs in type and not_null: values that are declared impossible can be stored",
            "plan the change by hand",
        )
    });
    for (name, short, line) in [
        ("workflows_tenant_id_idx", "btree (tenant_id)", 30),
        ("workflows_sharing_idx", "btree (is_shared, sharing_mode)", 31),
        ("workflows_tags_idx", "gin (tags)", 32),
    ] {
        findings.push(Finding {
            severity: Severity::Warning,
            help: "build it concurrently: `drift fix --additive` does".into(),
            ..missing_child("index", name, short, line, "is missing: reads that it serves scan the table")
        });
    }
    findings.push(Finding {
        attributes: vec![drifted("comment", "Workflows of one tenant, shareable", "")],
        declared_at: at("workflows", 38),
        ..finding(
            Severity::Note,
            "table-changed",
            object("table", "", "workflows"),
            "differs in comment: its readers are told something else",
            "set the declared comment",
        )
    });
    findings
}

/// The half-migrated database.
pub fn half_migrated() -> Report {
    let mut findings = vec![
        missing_table(
            "agents",
            24,
            &[
                ("primary-key", "agents_pkey"),
                ("unique", "agents_tenant_id_name_key"),
                ("foreign-key", "agents_tenant_id_fkey"),
                ("index", "agents_tenant_id_idx"),
                ("index", "agents_sharing_idx"),
                ("policy", "a"),
                ("policy", "b"),
                ("policy", "c"),
                ("policy", "d"),
                ("trigger", "agents_updated_at"),
            ],
        ),
        missing_table(
            "rag_knowledge_chunks",
            8,
            &[
                ("primary-key", "rag_knowledge_chunks_pkey"),
                ("foreign-key", "rag_knowledge_chunks_source_id_fkey"),
                ("policy", "rag_knowledge_chunks_select"),
            ],
        ),
        missing_table("rag_knowledge_sources", 19, &[("primary-key", "rag_knowledge_sources_pkey")]),
        missing_table("resource_sharing_audit", 9, &[("primary-key", "resource_sharing_audit_pkey")]),
    ];
    findings.extend(workflows());
    for name in ["can_access_resource(text, uuid)", "get_accessible_agents(uuid)", "is_platform_admin()"] {
        findings.push(Finding {
            declared_at: at("functions", 20),
            ..finding(
                Severity::Error,
                "function-missing",
                object("function", "", name),
                "is missing: whatever calls it fails",
                CREATE,
            )
        });
    }
    findings.push(Finding {
        attributes: vec![drifted(
            "definition",
            "CREATE OR REPLACE FUNCTION public.get_current_tenant_id()\n RETURNS uuid\n LANGUAGE sql\n STABLE\nAS $function$\n  select nullif(current_setting('app.tenant_id', true), '')::uuid\n$function$\n",
            "CREATE OR REPLACE FUNCTION public.get_current_tenant_id()\n RETURNS uuid\n LANGUAGE sql\n STABLE\nAS $function$\n  select current_setting('app.tenant_id')::uuid\n$function$\n",
        )],
        declared_at: at("functions", 4),
        fix: Fix::None { reason: "replacing a body changes what callers get".into() },
        ..finding(Severity::Error, "function-changed", object("function", "", "get_current_tenant_id()"), "differs in definition: callers get something else than declared", "replace it with the declared body (drift explain function-changed)")
    });
    let tables = vec![
        table("agents", TableState::Missing, 1, None),
        table("prompts", TableState::Matches, 0, Some(3)),
        table("rag_knowledge_chunks", TableState::Missing, 1, None),
        table("rag_knowledge_sources", TableState::Missing, 1, None),
        table("resource_sharing_audit", TableState::Missing, 1, None),
        table("tenants", TableState::Matches, 0, Some(0)),
        table("tools", TableState::Matches, 0, Some(1)),
        table("user_roles", TableState::Matches, 0, Some(0)),
        table("user_tenants", TableState::Matches, 0, Some(0)),
        table("workflows", TableState::Differs, 21, Some(4)),
    ];
    report(tables, findings)
}

/// The same database, and what a role without privileges could not see of it.
pub fn partly_visible() -> Report {
    let mut report = half_migrated();
    let coverage = &mut report.actual.coverage;
    coverage.invisible = vec!["public.tenants".into(), "public.user_roles".into()];
    let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
    coverage
        .not_compared
        .insert("large objects".into(), NotCompared { count: 12, examples: names(&["a", "b", "c", "d"]) });
    coverage.not_compared.insert("base types".into(), NotCompared { count: 1, examples: names(&["public.box3"]) });
    coverage.limits = vec!["information_schema shows no indexes".into()];
    report.findings.truncate(1);
    report.counts = Report::count(&report.findings);
    report.actual.name = "drift_ro@db.internal:5432/shop".into();
    report
}

/// Nothing to say.
pub fn clean() -> Report {
    report(half_migrated().tables.into_iter().filter(|t| t.state == TableState::Matches).collect(), Vec::new())
}

/// Names that would break a report, if they could.
pub fn adversarial() -> Report {
    let evil = "a|b`c\n## x <img src=x> @team #1 \u{1b}[31m\u{202e}";
    let mut column = finding(Severity::Error, "column-missing", object("column", evil, evil), "is missing", "add it");
    column.expected = Some("text default '`|``'".into());
    column.includes = vec![object("index", evil, evil)];
    column.declared_at = Some(Location { file: evil.into(), line: 1 });
    let mut view = finding(Severity::Error, "view-changed", object("view", "", evil), "differs", "replace it");
    view.attributes = vec![drifted("definition", "select 1\n````\n-- <script>", "select 1\n```\n\u{1b}[2J")];
    view.fix = Fix::None { reason: evil.into() };
    let tables = vec![table(evil, TableState::Differs, 1, Some(1))];
    let mut report = report(tables, vec![column, view]);
    report.actual.name = evil.into();
    report
}

/// One finding of each level, one that is allowed, one table that matches.
pub fn small() -> Report {
    let mut missing = missing_column("tags", "text[] not null default '{}'::text[]", 29);
    missing.includes = vec![object("index", "workflows", "idx_workflows_tags")];
    let mut index = finding(
        Severity::Warning,
        "index-unexpected",
        object("index", "workflows", "tmp_idx"),
        "is not declared: it costs every write",
        "declare it in the spec, or drop it",
    );
    index.near = at("workflows", 2);
    index.fix = Fix::None { reason: "an additive repair never drops".into() };
    let mut comment =
        finding(Severity::Note, "table-changed", object("table", "", "tools"), "differs in comment", "decide");
    comment.attributes = vec![drifted("comment", "Tools of one tenant", "")];
    let tables = vec![
        table("prompts", TableState::Matches, 0, Some(2)),
        table("tools", TableState::Differs, 1, Some(3)),
        table("workflows", TableState::Differs, 2, Some(4)),
    ];
    let mut report = report(tables, vec![missing, index, comment]);
    report.allowed.push(Allowed {
        code: "unique-not-tenant-scoped".into(),
        severity: Severity::Error,
        object: object("unique", "tools", "tools_slug_key"),
        message: "tools_slug_key spans tenants".into(),
        why: "public tool directory".into(),
        until: None,
        allowed_at: Location { file: "expected-schema/drift.toml".into(), line: 40 },
    });
    report
}

/// Texts that would end, open or command something in one format or another, if they could.
pub const HOSTILE: &[&str] = &[
    "\"; DROP TABLE x; --",
    "it's \\ \"quoted\"",
    "a.b.c",
    "ünïcödé 表 \u{1f9d9}",
    "100%25 %0A%s",
    "line\n::error::injected",
    "##[error]injected\r\n##vso[task.complete]",
    "*/ /* */",
    "a|b|c",
    "<script>alert(1)</script>",
    "]]> <![CDATA[ &amp; <!-- -->",
    "{0} {{1}} [click](http://evil.example)",
    "`code` ``` **bold** @team #1",
    "\u{1b}[31m\u{202e}\u{0}\u{fffe}",
    "file=x,line=1,title=y",
];

/// A column named by each of them, in every place where a name can stand.
pub fn hostile() -> Report {
    let findings = HOSTILE.iter().map(|evil| {
        let mut one = finding(Severity::Error, "column-missing", object("column", evil, evil), "is missing", evil);
        one.object.schema = evil.to_string();
        one.message = format!("column {} is missing", one.object.dotted());
        one.declared_at = Some(Location { file: format!("spec/{evil}.sql"), line: 7 });
        one.fix = Fix::None { reason: evil.to_string() };
        one.attributes = vec![drifted(evil, evil, evil)];
        one
    });
    let mut report = report(Vec::new(), findings.collect());
    report.tables = HOSTILE
        .iter()
        .map(|evil| TableSummary {
            schema: evil.to_string(),
            table: evil.to_string(),
            state: TableState::Matches,
            findings: 0,
            rows: None,
        })
        .collect();
    report.actual.name = HOSTILE.join(" ");
    report
}
