use super::*;
use crate::model::kind::ObjectKind;
use crate::model::object::Location;
use crate::spec::Date;

const COMPLETE: &str = r#"
platform = "supabase"
schemas  = ["public", "app"]

[tenancy]
registry = "tenants"
column   = "tenant_id"
aliases  = ["billing_tenant_id"]
roles    = ["authenticated"]
context  = "(select app.tenant_id())"
enter    = "guc:app.tenant_id"
on_delete = "cascade"

[tables]
user_tenants = "member"
tools        = "shareable"
audit.log    = "global"
"audit.raw"  = "ignore"

[shareable]
columns = { sharing_mode = "text not null default 'private'", is_shared = "boolean not null default false" }
check   = "is_shared = (sharing_mode <> 'private')"
read    = "is_shared"
system  = "null"
refs    = "same"
private = ["chunks"]

[backfill]
workflows = "projects via project_id"

[[ignore]]
object = "public.legacy_*"
kind = "index"
why = "going away"

[[allow]]
rule  = "rls-disabled"
on    = "tools"
why   = "public directory"
until = 2027-03-31

[coverage]
max_invisible = 2.5

[prove.rows]
workflows = { code = "'WF-' || $n", kind = "'x'" }
audit.log = { code = "1" }
"#;

#[test]
fn reads_every_key() {
    let spec = parse("drift.toml", COMPLETE).unwrap();
    assert_eq!(spec.platform, Some(Platform::Supabase));
    assert_eq!(spec.schemas, ["public", "app"]);
    assert_eq!(spec.backfill_of("public", "workflows"), Some("projects via project_id"));
    assert_eq!(spec.ignore[0].which.kind, Some(ObjectKind::Index));
    assert_eq!(spec.allow[0].until, Some(Date { year: 2027, month: 3, day: 31 }));
    assert_eq!(spec.allow[0].at, Location { file: "drift.toml".into(), line: 36 });
    assert!(spec.allow[0].expired(Date { year: 2027, month: 4, day: 1 }));
    assert_eq!(spec.coverage.max_invisible, 2.5);
    assert_eq!(spec.prove_row("public", "workflows").unwrap()["code"], "'WF-' || $n");
    assert_eq!(spec.prove_row("audit", "log").unwrap()["code"], "1");
    let tenancy = spec.tenancy.unwrap();
    assert!(tenancy.is_registry("public", "tenants"));
    assert_eq!(
        (tenancy.aliases.as_slice(), tenancy.roles.as_slice()),
        (&["billing_tenant_id".into()][..], &["authenticated".into()][..])
    );
    assert_eq!(tenancy.enter, Some(Enter::Setting("app.tenant_id".into())));
    assert_eq!(tenancy.on_delete, Some(OnDelete::Cascade));
    assert_eq!(tenancy.class_of("public", "tools"), Some(TableClass::Shareable));
    assert_eq!(tenancy.class_of("audit", "log"), Some(TableClass::Global));
    assert_eq!(tenancy.class_of("audit", "raw"), Some(TableClass::Ignore));
    assert_eq!(tenancy.class_of("public", "agents"), None);
    let columns: Vec<&str> = tenancy.shareable.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!((tenancy.shareable.system, tenancy.shareable.refs), (Some(SystemRows::Null), References::Same));
    assert!(tenancy.shareable.keeps_private("public", "chunks") && !tenancy.shareable.keeps_private("public", "x"));
    assert_eq!(columns, ["sharing_mode", "is_shared"], "in the order in which they are written");
}

#[test]
fn an_empty_file_manages_public_and_knows_no_tenants() {
    assert_eq!(parse("drift.toml", "").unwrap(), Spec::default());
}

#[test]
fn the_tenant_column_has_a_usual_name() {
    let spec = parse("drift.toml", "[tenancy]\nregistry = \"tenants\"").unwrap();
    assert_eq!(spec.tenancy.unwrap().column, "tenant_id");
}

/// Each text, and what is said about it.
#[test]
fn every_error_names_its_line_and_the_way_out() {
    let tenancy = "[tenancy]\nregistry = \"tenants\"\n";
    let cases: &[(&str, &str, &str)] = &[
        ("schemas = [\"a\"\n", "drift.toml:1: not valid TOML", "toml.io"),
        ("\nplatfrom = \"supabase\"", "drift.toml:2: unknown key `platfrom` at the top", "did you mean `platform`?"),
        ("zzz = 1", "drift.toml:1: unknown key `zzz` at the top", "known are: platform, schemas"),
        ("platform = \"supbase\"", "drift.toml:1: unknown platform: \"supbase\"", "did you mean `supabase`?"),
        ("platform = 3", "`platform` must be a string, and is an integer", "write a string"),
        ("schemas = \"public\"", "`schemas` must be an array of strings, and is a string", "write an array"),
        ("schemas = [1]", "`schemas` must be a string, and is an integer", "write a string"),
        ("schemas = []", "drift.toml:1: `schemas` names no schema", "at least one"),
        ("[tenancy]\n", "drift.toml:1: [tenancy] lacks `registry`", "registry = \"tenants\""),
        ("[tenancy]\nregistry = \"\"", "drift.toml:2: `registry` of [tenancy] is empty", "give it a value"),
        (
            &format!("{tenancy}colum = \"x\""),
            "drift.toml:3: unknown key `colum` in [tenancy]",
            "did you mean `column`?",
        ),
        (
            &format!("{tenancy}on_delete = \"set null\""),
            "drift.toml:3: unknown action: \"set null\"",
            "known are: cascade, restrict, no action",
        ),
        (&format!("{tenancy}enter = \"magic\""), "drift.toml:3: `enter` of [tenancy] does not say", "\"supabase\""),
        (
            &format!("{tenancy}[tables]\ntools = \"sharable\""),
            "drift.toml:4: unknown class of table `tools`: \"sharable\"",
            "did you mean `shareable`?",
        ),
        (
            &format!("{tenancy}[tables]\npublic.tools = \"sharable\""),
            "drift.toml:4: unknown class of table `tools`",
            "did you mean `shareable`?",
        ),
        (&format!("{tenancy}[tables]\ntenants = \"global\""), "is the registry of tenants", "remove its line"),
        ("tables = { tools = \"global\" }", "drift.toml:1: [tables] has no meaning without [tenancy]", "registry"),
        (
            &format!("{tenancy}[shareable]\ncolumns = {{ is_shared = true }}"),
            "drift.toml:4: `is_shared` of [shareable.columns] must be a string, and is a boolean",
            "write a string",
        ),
        (
            &format!("{tenancy}aliases = [\"tenant_id\"]"),
            "drift.toml:3: `aliases` of [tenancy] lists `tenant_id`, which is the tenant column itself",
            "only other columns",
        ),
        (
            &format!("{tenancy}[shareable]\nsystem = \"nul\""),
            "drift.toml:4: unknown mark of system rows: \"nul\"",
            "did you mean `null`?",
        ),
        (
            &format!("{tenancy}[shareable]\nrefs = \"sme\""),
            "drift.toml:4: unknown reach of references: \"sme\"",
            "did you mean `same`?",
        ),
        ("[ignore]\nobject = \"x\"", "drift.toml:1: `ignore` must be a list of tables, each headed [[ignore]]", ""),
        ("[[ignore]]\nobject = \"x\"", "drift.toml:1: [[ignore]] lacks `why`", "say why"),
        (
            "[[ignore]]\nobject = \"x\"\nwhy = \"y\"\nkind = \"tabel\"",
            "drift.toml:4: unknown kind of object: \"tabel\"",
            "did you mean `table`?",
        ),
        ("[[ignore]]\nwhy = \"x\"", "drift.toml:1: [[ignore]] lacks `object`", "or `schema`, `owner` or `kind`"),
        (
            "[[ignore]]\nobject = \"x\"\nwhy = \"y\"\nuntil = 2027-03-31",
            "drift.toml:4: `until` of [[ignore]] needs a `code`",
            "accepted until then",
        ),
        ("[[backfill]]\nx = \"y\"", "drift.toml:1: `backfill` is one table, not a list", "write [backfill]"),
        ("[[allow]]\nrule = \"rls-disabled\"\non = \"x\"", "drift.toml:1: [[allow]] lacks `why`", "say why"),
        (
            "[[allow]]\nrule = \"a\"\non = \"x\"\nwhy = \"y\"\nuntil = \"2027-03-31\"",
            "drift.toml:5: `until` of [[allow]] must be a date without quotes",
            "2027-03-31",
        ),
        ("[coverage]\nmax_invisible = 101", "drift.toml:2: `max_invisible` of [coverage] is not between", "percent"),
        ("[coverage]\nmax_invisible = \"all\"", "must be a number of percent, and is a string", "write a number"),
        ("[prove]\nrow = 1", "drift.toml:2: unknown key `row` in [prove]", "did you mean `rows`?"),
        (
            "[prove.rows]\ntools = \"x\"",
            "drift.toml:2: `tools` of [prove.rows] must be a table, [prove.rows.tools]",
            "",
        ),
        (
            "[prove.rows]\ntools = { code = 1 }",
            "drift.toml:2: `code` of [prove.rows.tools] must be a string, and is an integer",
            "write a string",
        ),
        ("coverage = 3", "`coverage` must be a table, [coverage], and is an integer", ""),
    ];
    for (text, message, help) in cases {
        let failure = parse("drift.toml", text).expect_err(text);
        assert!(failure.message.contains(message), "{text}\n  says: {}\n  not:  {message}", failure.message);
        assert!(failure.help.contains(help), "{text}\n  helps: {}\n  not:   {help}", failure.help);
    }
}
