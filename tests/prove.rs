//! `drift prove`: what is isolated is proven, every hole that is cut into it is
//! found by the probe that is for it, and what is printed really breaks in.

use std::collections::BTreeSet;
use std::path::Path;

use crate::common;
use drift::jobs::isolation;
use drift::jobs::isolation::stage::Act;
use drift::jobs::source::ReadOptions;
use drift::jobs::source::Source;
use drift::model::isolation::IsolationReport;
use drift::model::isolation::ProbeResult;
use drift::model::isolation::Verdict;
use drift::report::Format;
use drift::report::Frame;
use drift::scratch::Engine;
use drift::scratch::Needs;
use drift::scratch::Scratch;
use drift::scratch::act;
use drift::scratch::compile;

const ORGANIZATIONS: &str = "tests/schemas/organizations";
const EXPECTED: &str = "expected-schema";
const STRANGE: &str = "tests/prove/strange";

/// A copy of a spec directory with more SQL at its end.
fn with_hole(spec: &str, hole: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(common::root().join(spec)).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    std::fs::write(copy.path().join("99_hole.sql"), hole).unwrap();
    copy
}

fn prove(spec: &Path, engine: Engine) -> IsolationReport {
    let options = ReadOptions { engine: Some(engine), use_cache: false, ..ReadOptions::default() };
    let source = Source::Sql(spec.to_owned());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(isolation::prove(&source, spec, &[], &options)).unwrap().report
}

/// `relation probe` of what has a verdict; with the role where it is not the first.
fn with_verdict(report: &IsolationReport, verdict: Verdict) -> BTreeSet<String> {
    let of = |probe: &ProbeResult| match probe.role == report.roles[0] {
        true => probe.probe.word().to_owned(),
        false => format!("{} as {}", probe.probe.word(), probe.role),
    };
    let relations = report.relations.iter();
    relations
        .flat_map(|r| r.probes.iter().filter(|p| p.verdict == verdict).map(move |p| format!("{} {}", r.name, of(p))))
        .collect()
}

fn why(report: &IsolationReport) -> String {
    let probes = report.relations.iter().flat_map(|r| r.probes.iter().map(move |p| (r, p)));
    let bad = probes.filter(|(_, p)| p.verdict != Verdict::Proven);
    bad.map(|(r, p)| format!("{} {}: {}\n", r.name, p.probe.word(), p.reason)).collect()
}

/// Runs what is printed in a fresh scratch, as a person would, and returns what came back.
fn run_again(spec: &Path, report: &IsolationReport, probe: &ProbeResult) -> Vec<String> {
    let files = drift::history::folder::sql(spec).unwrap();
    let platform = compile::detect_platform(&files);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let scratch = Scratch::start(&Engine::Embedded, &Needs::of(&files)).await.unwrap();
        compile::load(&scratch, &files, platform).await.unwrap();
        for line in &report.setup {
            act::send(&scratch, line).await.unwrap().unwrap_or_else(|refusal| panic!("{line}\n{refusal:?}"));
        }
        let mut answers = Vec::new();
        for line in &probe.transcript {
            let reply = act::send(&scratch, &line.sql).await.unwrap();
            if line.answer.is_some() {
                answers.push(match reply {
                    Ok(reply) => Act { statement: line.sql.clone(), ..Act::default() }.answer(&reply),
                    Err(refusal) => format!("ERROR: {} ({})", refusal.message, refusal.code),
                });
            }
        }
        scratch.stop().await;
        answers
    })
}

/// What whoever looks past row security may do.
const ALL_OF_TEMPLATES: &[&str] = &[
    "templates delete",
    "templates insert",
    "templates move-out",
    "templates read",
    "templates read-empty-context",
    "templates read-garbage-context",
    "templates read-no-context",
    "templates row-security",
    "templates steal",
    "templates truncate",
    "templates two-tenants",
    "templates update",
];

/// Every table, to whoever falls back on a tenant.
const FALLS_BACK: &[&str] = &[
    "events read-empty-context",
    "events read-no-context",
    "labels read-empty-context",
    "labels read-no-context",
    "memberships read-empty-context",
    "memberships read-no-context",
    "organizations read-empty-context",
    "organizations read-no-context",
    "project_members read-empty-context",
    "project_members read-no-context",
    "projects read-empty-context",
    "projects read-no-context",
    "task_labels read-empty-context",
    "task_labels read-no-context",
    "tasks read-empty-context",
    "tasks read-no-context",
    "templates read-empty-context",
    "templates read-no-context",
];

struct Hole {
    name: &'static str,
    spec: &'static str,
    sql: &'static str,
    /// `relation probe`, all of them.
    fails: &'static [&'static str],
}

const HOLES: &[Hole] = &[
    Hole {
        name: "the role owns the table",
        spec: ORGANIZATIONS,
        sql: "alter table templates owner to app_user; alter table templates no force row level security;",
        fails: ALL_OF_TEMPLATES,
    },
    Hole {
        name: "the role is a member of the owner",
        spec: ORGANIZATIONS,
        sql: "create role app_owner; grant app_owner to app_user;
              alter table templates owner to app_owner; alter table templates no force row level security;",
        fails: ALL_OF_TEMPLATES,
    },
    Hole {
        name: "the role may become the owner",
        spec: ORGANIZATIONS,
        sql: "create role app_owner; alter role app_user noinherit; grant app_owner to app_user;
              alter table templates owner to app_owner; alter table templates no force row level security;",
        fails: &["templates row-security"],
    },
    Hole {
        name: "an arm on two columns",
        spec: ORGANIZATIONS,
        sql: "create policy tasks_handed on tasks for select to app_user
                using (status = 'done' and due_on = '2026-05-01' and (select app.account_id()) is not null);",
        fails: &["tasks read", "tasks read-garbage-context"],
    },
    Hole {
        name: "an arm on another tenant's column",
        spec: ORGANIZATIONS,
        sql: "alter table labels add column partner_id uuid references organizations;
              create policy labels_partner on labels for select to app_user using (partner_id = (select app.account_id()));",
        fails: &["labels read"],
    },
    Hole {
        name: "whoever made it",
        spec: EXPECTED,
        sql: "create policy tools_made on tools for update to authenticated using (created_by_user_id = (select auth.uid()))
                with check (true);
              create policy tools_made_read on tools for select to authenticated using (created_by_user_id = (select auth.uid()));",
        fails: &["tools read", "tools update"],
    },
    Hole {
        name: "a definer view under an invoker view",
        spec: ORGANIZATIONS,
        sql: "create view inner_tasks as select account_id, title from tasks;
              create view outer_tasks with (security_invoker = true) as select account_id, title from inner_tasks;
              grant select on inner_tasks, outer_tasks to app_user;",
        fails: &["inner_tasks read", "outer_tasks read"],
    },
    Hole {
        name: "a view that hides whose the rows are",
        spec: ORGANIZATIONS,
        sql: "create view task_count as select count(*) as tasks from tasks; grant select on task_count to app_user;",
        fails: &["task_count read"],
    },
    Hole {
        name: "a partition with a grant of its own",
        spec: ORGANIZATIONS,
        sql: "grant select on events_2026 to app_user;",
        fails: &["events_2026 read"],
    },
    Hole {
        name: "a foreign key that does not carry the tenant, and cascades",
        spec: ORGANIZATIONS,
        sql: "alter table projects add constraint projects_id_key unique (id);
              alter table tasks drop constraint tasks_account_id_project_id_fkey;
              alter table tasks add foreign key (project_id) references projects (id) on delete cascade;",
        fails: &["tasks cascade", "tasks foreign-key"],
    },
    Hole {
        name: "an update check that lets everything through",
        spec: ORGANIZATIONS,
        sql: "alter policy templates_update on templates with check (true);
              grant update (account_id) on templates to app_user;",
        fails: &["templates move-out", "templates two-tenants"],
    },
    Hole {
        name: "a unique key without the tenant",
        spec: ORGANIZATIONS,
        sql: "alter table templates add constraint templates_name_key unique (name);",
        fails: &["templates unique-oracle"],
    },
    Hole {
        name: "an upsert over a key without the tenant",
        spec: ORGANIZATIONS,
        sql: "alter table templates add constraint templates_name_key unique (name);
              alter table templates disable row level security;",
        fails: &[
            "templates delete",
            "templates insert",
            "templates read",
            "templates read-empty-context",
            "templates read-garbage-context",
            "templates read-no-context",
            "templates row-security",
            "templates unique-oracle",
            "templates update",
            "templates upsert-theft",
        ],
    },
    Hole {
        name: "a context that falls back on a tenant",
        spec: ORGANIZATIONS,
        sql: "create or replace function app.account_id() returns uuid language sql stable set search_path = ''
              as $$ select coalesce(nullif(current_setting('app.account_id', true), '')::uuid,
                                    '12345678-0000-4000-8000-000000000000'::uuid) $$;",
        fails: FALLS_BACK,
    },
    Hole {
        name: "an arm that is open for one value",
        spec: ORGANIZATIONS,
        sql: "alter policy templates_select on templates
              using (account_id = (select app.account_id()) or is_public or name = 'zz');",
        fails: &[
            "templates read",
            "templates read-empty-context",
            "templates read-garbage-context",
            "templates read-no-context",
        ],
    },
    Hole {
        name: "members enter themselves",
        spec: EXPECTED,
        sql: "grant insert on user_tenants to authenticated;
              create policy user_tenants_join on user_tenants for insert to authenticated
                with check (user_id = (select auth.uid()));",
        fails: &["user_tenants join-tenant"],
    },
    Hole {
        name: "members promote themselves",
        spec: EXPECTED,
        sql: "grant update (role) on user_roles to authenticated;
              create policy user_roles_own on user_roles for update to authenticated
                using (user_id = (select auth.uid()));",
        fails: &["user_roles promote"],
    },
    Hole {
        name: "a member of two tenants",
        spec: EXPECTED,
        sql: "drop trigger workflows_keep_tenant_id on workflows;
              alter policy user_tenants_select_own_tenant on user_tenants using (user_id = (select auth.uid()));
              alter policy workflows_update_own_tenant on workflows
                using (tenant_id in (select m.tenant_id from user_tenants m where m.user_id = (select auth.uid())))
                with check (tenant_id in (select m.tenant_id from user_tenants m where m.user_id = (select auth.uid())));",
        fails: &["workflows two-tenants"],
    },
    Hole {
        name: "TRUNCATE",
        spec: ORGANIZATIONS,
        sql: "grant truncate on templates to app_user;",
        fails: &["templates truncate"],
    },
    Hole {
        name: "a materialized view",
        spec: ORGANIZATIONS,
        sql: "create materialized view all_tasks as select account_id, title from tasks;
              grant select on all_tasks to app_user;",
        fails: &["all_tasks read"],
    },
    Hole {
        name: "what a user claims of himself",
        spec: EXPECTED,
        sql: "create policy tools_claimed on tools for select to authenticated
                using (tenant_id = (auth.jwt() -> 'user_metadata' ->> 'tenant_id')::uuid);",
        fails: &["tools read", "tools read-garbage-context"],
    },
    Hole {
        name: "an update that reaches everything",
        spec: EXPECTED,
        sql: "create policy prompts_all on prompts for update to authenticated using (true)
                with check (tenant_id = (select public.get_current_tenant_id()));
              drop trigger prompts_keep_tenant_id on prompts;",
        fails: &["prompts steal", "prompts two-tenants"],
    },
    Hole {
        name: "a delete of rows of one kind",
        spec: EXPECTED,
        sql: "create policy tools_clean on tools for delete to authenticated using (category = 'old');",
        fails: &["tools delete"],
    },
    Hole {
        name: "an insert for whoever",
        spec: ORGANIZATIONS,
        sql: "create policy labels_import on labels for insert to app_user with check (true);",
        fails: &["labels insert"],
    },
    Hole {
        name: "a writable definer view",
        spec: ORGANIZATIONS,
        sql: "create view label_names as select account_id, id, name from labels;
              grant select, insert, update, delete on label_names to app_user;",
        fails: &["label_names delete", "label_names insert", "label_names read", "label_names steal"],
    },
    Hole {
        name: "near-miss: the tenant's column may not be read",
        spec: ORGANIZATIONS,
        sql: "revoke select on labels from app_user; grant select (name) on labels to app_user;",
        fails: &[],
    },
    Hole {
        name: "everybody's rows, without their tenant's column",
        spec: ORGANIZATIONS,
        sql: "revoke select on labels from app_user; grant select (name) on labels to app_user;
              alter policy labels_select on labels using (true);",
        fails: &[
            "labels read",
            "labels read-empty-context",
            "labels read-garbage-context",
            "labels read-no-context",
        ],
    },
    Hole {
        name: "a key that refers to what another tenant shares, or does not",
        spec: ORGANIZATIONS,
        sql: "alter table templates add constraint templates_id_key unique (id);
              alter table tasks add column template_id uuid references templates (id);
              grant update (template_id) on tasks to app_user;",
        fails: &["tasks foreign-key"],
    },
    Hole {
        name: "near-miss: the same, checked by a trigger at the end of the transaction",
        spec: ORGANIZATIONS,
        sql: "alter table templates add constraint templates_id_key unique (id);
              alter table tasks add column template_id uuid references templates (id);
              create function app.own_or_public() returns trigger language plpgsql security definer set search_path = ''
                as $$ begin
                  if not exists (select from public.templates t where t.id = new.template_id
                                 and (t.account_id = new.account_id or t.is_public)) and new.template_id is not null then
                    raise exception 'no such template' using errcode = 'foreign_key_violation';
                  end if;
                  return null;
                end $$;
              create constraint trigger own_or_public after insert or update on tasks
                deferrable initially deferred for each row execute function app.own_or_public();",
        fails: &[],
    },
    Hole {
        name: "rows that belong to nobody",
        spec: ORGANIZATIONS,
        sql: "create table drafts (id uuid primary key default gen_random_uuid(),
                account_id uuid references organizations, body text);
              create policy drafts_all on drafts to app_user
                using (account_id = (select app.account_id()) or account_id is null);
              alter table drafts enable row level security;
              grant select, insert on drafts to app_user;",
        fails: &["drafts insert-no-tenant"],
    },
    Hole {
        name: "anon",
        spec: EXPECTED,
        sql: "grant select on tools to anon; create policy tools_anon on tools for select to anon using (is_shared);",
        fails: &["tools read as anon", "tools read-no-context as anon"],
    },
    Hole {
        name: "a parent tenant",
        spec: EXPECTED,
        sql: "create function public.is_child(t uuid) returns boolean language sql stable security definer
                set search_path = '' as $$ select exists (select from public.tenants
                  where id = t and parent_tenant_id = public.get_current_tenant_id()) $$;
              create policy prompts_children on prompts for select to authenticated using (public.is_child(tenant_id));",
        fails: &["prompts read"],
    },
    Hole {
        name: "near-miss: a materialized view of what is shared with all",
        spec: EXPECTED,
        sql: "grant select on mv_platform_shared_resources to authenticated;",
        fails: &[],
    },
];

/// What is wrong with the holes of one schema, on one engine.
fn judge(spec: &str, engine: &Engine) -> Vec<String> {
    let mut wrong = Vec::new();
    for hole in HOLES.iter().filter(|hole| hole.spec == spec) {
        let copy = with_hole(hole.spec, hole.sql);
        let report = prove(copy.path(), engine.clone());
        let (failed, unproven) = (with_verdict(&report, Verdict::Failed), with_verdict(&report, Verdict::Unproven));
        let expected: BTreeSet<String> = hole.fails.iter().map(|s| s.to_string()).collect();
        if failed != expected || !unproven.is_empty() {
            wrong.push(format!("{}\n  fails {failed:#?}\n  unproven {unproven:?}\n  {}", hole.name, why(&report)));
        }
    }
    wrong
}

#[test]
fn every_hole_in_organizations_fails_its_probes_and_no_other() {
    let wrong = judge(ORGANIZATIONS, &Engine::Embedded);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_hole_in_the_expected_schema_fails_its_probes_and_no_other() {
    let wrong = judge(EXPECTED, &Engine::Embedded);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_real_server_gives_the_same_verdicts() {
    // One of its own: roles belong to the whole server, and holes make some.
    let Some(server) = common::server::start() else { return };
    let engine = Engine::parse(&server.url("postgres", "postgres")).unwrap();
    let wrong = [judge(ORGANIZATIONS, &engine), judge(EXPECTED, &engine)].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_isolated_is_proven_everywhere() {
    let mut engines = vec!["embedded"];
    engines.extend(common::server::shared().map(|_| "local"));
    for engine in engines {
        for spec in [EXPECTED, ORGANIZATIONS, STRANGE] {
            let output = common::drift(&["prove", "--expected", "--spec", spec, "--scratch", engine]);
            let (out, err) = (common::stdout(&output), common::stderr(&output));
            assert_eq!(output.status.code(), Some(0), "{engine} {spec}\n{out}\n{err}");
            let name = spec.rsplit('/').next().unwrap();
            common::golden(&common::root().join(format!("tests/golden/prove-{name}.txt")), &out);
        }
    }
}

#[test]
fn a_hole_is_shown_to_a_person() {
    let spec = with_hole(
        ORGANIZATIONS,
        "alter table labels add constraint labels_name_key unique (name);
                                         create table audit (id int primary key); grant select on audit to app_user;",
    );
    let mut report = prove(spec.path(), Engine::Embedded);
    report.source = "the schema".to_owned();
    for (format, name) in [(Format::Table, "prove-hole.txt"), (Format::Markdown, "prove-hole.md")] {
        let mut out = Vec::new();
        drift::report::isolation::write(&report, format, &Frame::default(), &mut out).unwrap();
        common::golden(&common::root().join("tests/golden").join(name), &String::from_utf8(out).unwrap());
    }
}

#[test]
fn what_is_printed_breaks_in_again() {
    let sql = "create view inner_tasks as select account_id, title from tasks;
               create view task_count as select count(*) from tasks;
               grant select on inner_tasks, task_count to app_user;
               alter table labels add unique (name);
               alter policy templates_update on templates with check (true);
               grant update (account_id) on templates to app_user;
               alter table projects add unique (id);
               alter table tasks drop constraint tasks_account_id_project_id_fkey;
               alter table tasks add foreign key (project_id) references projects (id) on delete cascade;";
    let spec = with_hole(ORGANIZATIONS, sql);
    let report = prove(spec.path(), Engine::Embedded);
    let mut seen = 0;
    for relation in &report.relations {
        for probe in relation.probes.iter().filter(|probe| probe.verdict == Verdict::Failed) {
            let said: Vec<&str> = probe.transcript.iter().filter_map(|line| line.answer.as_deref()).collect();
            assert_eq!(said, run_again(spec.path(), &report, probe), "{} {:?}", relation.name, probe.probe);
            seen += 1;
        }
    }
    assert_eq!(seen, 7, "{}", why(&report));
}

#[test]
fn what_is_printed_can_be_pasted_into_psql() {
    let Some(server) = common::server::shared() else { return };
    let spec = with_hole(
        ORGANIZATIONS,
        "alter policy templates_update on templates with check (true);
                                         grant update (account_id) on templates to app_user;",
    );
    let output = common::drift(&["prove", "--expected", "--spec", spec.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{}", common::stderr(&output));
    let text = common::stdout(&output);
    let (transcripts, setup) = text.split_once("to see it:").expect("says what to run first");
    let lines =
        |text: &str| text.lines().filter_map(|l| l.strip_prefix("    ")).map(|l| format!("{l}\n")).collect::<String>();
    let attack = transcripts.split_once("failed[move-out]").unwrap().1.split("\n\n").next().unwrap();
    assert!(attack.contains("-- UPDATE 3"), "{attack}");
    server.database("pasted");
    server.load("pasted", spec.path());
    let script = spec.path().join("script.psql");
    std::fs::write(&script, format!("{}\\set QUIET off\n{}", lines(setup), lines(attack))).unwrap();
    let output = server.psql("pasted", &["-f", script.to_str().unwrap()]);
    assert!(output.contains("UPDATE 3"), "{output}");
}

#[test]
fn a_live_database_is_proved_in_a_copy_with_its_roles() {
    let Some(server) = common::server::shared() else { return };
    let url = server.database("isolated");
    let spec = with_hole(
        ORGANIZATIONS,
        "create role app_owner; grant app_owner to app_user;
         alter table templates owner to app_owner; alter table templates no force row level security;
         create role spared bypassrls; create view all_labels as select account_id, name from labels;
         alter view all_labels owner to spared; grant select on labels to spared; grant select on all_labels to app_user;",
    );
    server.load("isolated", spec.path());
    let output = common::drift(&["prove", &url, "--spec", ORGANIZATIONS, "--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", common::stderr(&output));
    let report: IsolationReport = serde_json::from_str(&common::stdout(&output)).unwrap();
    let mut expected: BTreeSet<String> = ALL_OF_TEMPLATES.iter().map(|s| s.to_string()).collect();
    expected.insert("all_labels read".to_owned());
    assert_eq!(with_verdict(&report, Verdict::Failed), expected, "{}", why(&report));
    assert!(with_verdict(&report, Verdict::Unproven).is_empty(), "{}", why(&report));
    server.psql("isolated", &["-c", "drop owned by spared, app_owner, app_user cascade"]);
    let left = server.psql("isolated", &["-c", "select count(*) from organizations"]);
    assert_eq!(left.trim(), "0", "nothing was written to the live database");
}

const TEXT_TENANTS: &str = "
    create role app_user;
    create table tenants (id text primary key, name text);
    create table notes (tenant_id text not null references tenants, id uuid not null, body text, primary key (tenant_id, id));
    create policy tenants_own on tenants for select to app_user using (id = CONTEXT);
    create policy notes_own on notes to app_user using (tenant_id = CONTEXT);
    alter table tenants enable row level security;
    alter table notes enable row level security;
    grant select on tenants to app_user;
    grant select, insert, delete on notes to app_user;";

const TEXT_TOML: &str = "
[tenancy]
registry = \"tenants\"
roles    = [\"app_user\"]
enter    = \"guc:app.tenant\"
";

fn spec_of(sql: &str, toml: &str) -> tempfile::TempDir {
    let spec = tempfile::tempdir().unwrap();
    std::fs::write(spec.path().join("schema.sql"), sql).unwrap();
    std::fs::write(spec.path().join("drift.toml"), toml).unwrap();
    spec
}

#[test]
fn the_empty_text_is_a_tenant_unless_somebody_says_no() {
    let open = spec_of(&TEXT_TENANTS.replace("CONTEXT", "current_setting('app.tenant', true)"), TEXT_TOML);
    let report = prove(open.path(), Engine::Embedded);
    let failed: Vec<String> = with_verdict(&report, Verdict::Failed).into_iter().collect();
    assert_eq!(failed, ["notes read-empty-context", "tenants read-empty-context"], "{}", why(&report));
    for closed in [
        TEXT_TENANTS.replace("CONTEXT", "nullif(current_setting('app.tenant', true), '')"),
        TEXT_TENANTS.replace("CONTEXT", "current_setting('app.tenant', true)")
            + "alter table tenants add check (id <> '');",
    ] {
        let report = prove(spec_of(&closed, TEXT_TOML).path(), Engine::Embedded);
        assert!(report.proven(), "{}", why(&report));
    }
}

#[test]
fn a_user_is_entered_with_sql_of_the_spec() {
    let sql = std::fs::read_to_string(common::root().join(ORGANIZATIONS).join("drift.toml")).unwrap();
    let enter = "enter     = \"\"\"select set_config('app.account_id', $tenant, true), set_config('app.user_id', '$user', true)\"\"\"";
    let toml = sql.replace("enter     = \"guc:app.account_id\"", enter);
    assert_ne!(sql, toml);
    let hole = "grant insert on memberships to app_user;
                create policy memberships_join on memberships for insert to app_user with check (user_id = (select app.user_id()));";
    for (hole, fails) in [("", vec![]), (hole, vec!["memberships join-tenant"])] {
        let spec = with_hole(ORGANIZATIONS, hole);
        std::fs::write(spec.path().join("drift.toml"), &toml).unwrap();
        let report = prove(spec.path(), Engine::Embedded);
        let failed: Vec<String> = with_verdict(&report, Verdict::Failed).into_iter().collect();
        assert_eq!(failed, fails, "{}", why(&report));
        assert!(with_verdict(&report, Verdict::Unproven).is_empty(), "{}", why(&report));
    }
}

#[test]
fn who_needs_a_rank_to_write_is_given_one() {
    let hole = "create function app.is_admin() returns boolean language sql stable security definer set search_path = ''
                  as $$ select exists (select from public.memberships m
                    where m.user_id = app.user_id() and m.account_id = app.account_id() and m.role = 'admin') $$;
                alter policy labels_insert on labels with check (account_id = (select app.account_id()) and (select app.is_admin()));";
    let spec = with_hole(ORGANIZATIONS, hole);
    let toml = std::fs::read_to_string(spec.path().join("drift.toml")).unwrap();
    let enter =
        "enter = \"select set_config('app.account_id', $tenant, true), set_config('app.user_id', $user, true)\"";
    std::fs::write(spec.path().join("drift.toml"), toml.replace("enter     = \"guc:app.account_id\"", enter)).unwrap();
    let report = prove(spec.path(), Engine::Embedded);
    assert!(report.proven(), "{}", why(&report));
}

#[test]
fn what_cannot_be_made_up_is_never_proven() {
    let column = "alter table labels add column code text not null;
                  alter table labels add constraint labels_code_check check (code ~ '^[A-Z]{3}-[0-9]{4}$');";
    // No policy speaks of it: in the scratch it can go, and that is said.
    let report = prove(with_hole(ORGANIZATIONS, column).path(), Engine::Embedded);
    assert!(report.proven(), "{}", why(&report));
    assert!(report.notes.iter().any(|note| note.contains("labels_code_check was dropped")), "{:?}", report.notes);
    // A policy asks it: then it decides who sees a row.
    let asked = format!(
        "{column} alter policy labels_select on labels using (account_id = (select app.account_id()) and code <> '');"
    );
    let spec = with_hole(ORGANIZATIONS, &asked);
    let directory = spec.path().to_str().unwrap();
    let output = common::drift(&["prove", "--expected", "--spec", directory]);
    assert_eq!(output.status.code(), Some(1));
    let text = common::stdout(&output);
    let said = text.split_once("unproven[read]: public.labels as app_user: ").expect(&text).1;
    let said = said.split("\n\n").next().unwrap().replace("\n  ", " ");
    assert!(
        said.starts_with("no row could be made: new row for relation \"labels\" violates check constraint"),
        "{said}"
    );
    // Who knows a value says it.
    let toml = std::fs::read_to_string(spec.path().join("drift.toml")).unwrap();
    let rows = "\n[prove.rows]\nlabels = { code = \"'ABC-' || lpad('$n', 4, '0')\" }\n";
    std::fs::write(spec.path().join("drift.toml"), toml + rows).unwrap();
    let output = common::drift(&["prove", "--expected", "--spec", directory]);
    assert_eq!(output.status.code(), Some(0), "{}", common::stdout(&output));
}

#[test]
fn a_table_without_a_tenant_is_unproven() {
    let table = "create table audit (id int primary key, body text);";
    let granted = format!("{table} grant select on audit to app_user;");
    let report = prove(with_hole(ORGANIZATIONS, &granted).path(), Engine::Embedded);
    assert_eq!(with_verdict(&report, Verdict::Unproven), BTreeSet::from(["audit read".to_owned()]));
    assert!(why(&report).contains("it has no account_id"), "{}", why(&report));
    let report = prove(with_hole(ORGANIZATIONS, table).path(), Engine::Embedded);
    assert!(report.proven(), "whoever may not touch it cannot break in: {}", why(&report));
}

#[test]
fn what_cannot_run_says_why() {
    let toml = "[tenancy]\nregistry = \"tenants\"\nroles = [\"nobody_here\"]\nenter = \"guc:app.tenant\"\n";
    let sql = "create table tenants (id uuid primary key);";
    let cases: &[(&str, &str, &[&str], &str, &str)] = &[
        (sql, "", &[], "has no [tenancy]", "registry"),
        (sql, toml, &[], "the role nobody_here of [tenancy] does not exist", "roles"),
        (
            sql,
            "[tenancy]\nregistry = \"accounts\"\nenter = \"guc:x.y\"\n",
            &[],
            "the registry of tenants, accounts",
            "tenants",
        ),
        (sql, "[tenancy]\nregistry = \"tenants\"\n", &[], "does not say how a session becomes", "guc:"),
        (sql, "[tenancy]\nregistry = \"tenants\"\nenter = \"guc:x.y\"\n", &[], "names no roles", "roles ="),
        (TEXT_TENANTS, TEXT_TOML, &["--table", "nots"], "--table nots", "there are"),
        ("create table tenants (", toml, &[], "schema.sql:1", "correct the statement"),
    ];
    for (sql, toml, more, message, help) in cases {
        let spec = spec_of(&sql.replace("CONTEXT", "current_setting('app.tenant', true)"), toml);
        let arguments = [&["prove", "--expected", "--spec", spec.path().to_str().unwrap()], *more].concat();
        let output = common::drift(&arguments);
        let said = common::stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(message) && said.contains(help), "{message}\n{said}");
    }
}

#[test]
fn one_table_can_be_asked_for_and_every_format_says_the_same() {
    let report = |format: &str| {
        let output =
            common::drift(&["prove", "--expected", "--spec", ORGANIZATIONS, "--table", "labels", "--format", format]);
        assert_eq!(output.status.code(), Some(0), "{}", common::stderr(&output));
        common::stdout(&output)
    };
    let json: IsolationReport = serde_json::from_str(&report("json")).unwrap();
    assert_eq!(json.relations.len(), 1);
    assert_eq!(json.relations[0].name, "labels");
    assert!(report("table").contains("1 relation proven"));
    assert!(report("markdown").contains("| ✓ proven | `public.labels` | owned |"));
}

#[test]
fn the_published_schema_is_what_the_types_say() {
    let schema = drift::report::isolation::schema();
    common::golden(
        &common::root().join("docs/prove.schema.json"),
        &(serde_json::to_string_pretty(&schema).unwrap() + "\n"),
    );
    let spec = with_hole(
        ORGANIZATIONS,
        "create view all_labels as select * from labels; grant select on all_labels to app_user;",
    );
    let report = prove(spec.path(), Engine::Embedded);
    let value = serde_json::to_value(&report).unwrap();
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(serde_json::from_value::<IsolationReport>(value).unwrap(), report);
}
