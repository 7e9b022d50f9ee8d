//! `drift init`: a first `drift.toml` and SQL from a database. What is written
//! is compiled again and compared with the database before it counts.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use crate::diff;
use crate::files;
use crate::jobs::dump;
use crate::jobs::project;
use crate::jobs::project::Project;
use crate::jobs::source;
use crate::jobs::source::Loaded;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Source;
use crate::model::catalog::Catalog;
use crate::model::failure::failure;
use crate::model::ident::comment_line;
use crate::model::kind::ObjectKind;
use crate::model::object::ObjectId;
use crate::plan;
use crate::scratch::compile::Platform;

/// What was written.
#[derive(Debug)]
pub struct Done {
    /// For a person, on stderr.
    pub summary: String,
    pub notes: Vec<String>,
}

/// Names that teams give the column which says whose a row is, likeliest first.
const TENANT_COLUMNS: &[&str] = &[
    "tenant_id",
    "organization_id",
    "organisation_id",
    "org_id",
    "account_id",
    "workspace_id",
    "company_id",
    "team_id",
];

/// Writes the declared schema of a database into a new directory.
///
/// # Errors
/// The source cannot be read; the directory holds something already.
pub async fn init(source: &Source, directory: &Path, options: &ReadOptions) -> Result<Done> {
    if files::exists(directory) && !files::is_empty_directory(directory)? {
        return Err(failure(
            format!("{} exists and is not empty", directory.display()),
            "name a new directory with --output DIR; init never overwrites",
        ));
    }
    let loaded = source::read_all(source, options).await?;
    let catalog = &loaded.catalog;
    let sql = schema(source, &loaded, options);
    let projects = project::recognise(Path::new(""))?;
    let toml = about(&projects) + &drift_toml(catalog, loaded.platform);
    files::create_directory(directory)?;
    files::write_atomically(&directory.join("schema.sql"), sql.as_bytes())?;
    files::write_atomically(&directory.join("drift.toml"), toml.as_bytes())?;
    let mut notes = loaded.notes;
    let options = ReadOptions { platform: Some(loaded.platform), ..options.clone() };
    match source::read(&Source::Sql(directory.to_owned()), &options).await {
        Ok(again) => {
            let differences = diff::diff(catalog, &again.catalog);
            if !differences.is_empty() {
                notes.push(format!(
                    "{} objects come out otherwise when the SQL is run in the scratch Postgres; `drift check` shows them",
                    differences.len()
                ));
            }
        }
        Err(error) => notes.push(format!("the SQL does not run in the scratch Postgres yet: {error:#}")),
    }
    let tables = catalog.of_kind(ObjectKind::Table).len();
    let summary = format!(
        "wrote {}/schema.sql ({tables} tables, {} objects) and {}/drift.toml\nnext: read drift.toml, then `drift check`\n",
        directory.display(),
        catalog.objects().len(),
        directory.display()
    );
    Ok(Done { summary, notes })
}

/// The schema as it is declared from then on: whoever runs the SQL owns what it makes.
fn schema(source: &Source, loaded: &Loaded, reading: &ReadOptions) -> String {
    let options = dump::Options { owners: false, privileges: true, tablespaces: true, roles: true, split: false };
    let (files, _) = plan::dump::dump(&loaded.catalog, &dump::about(source, loaded, reading), options);
    files.into_iter().map(|file| file.text).collect()
}

/// What the directory says about the project, as comments: how to check it, and what is in doubt.
fn about(projects: &[Project]) -> String {
    let mut text = String::new();
    for (n, project) in projects.iter().enumerate() {
        let Project { tool, migrations, sql, url, advice } = project;
        let also = if n == 0 { "" } else { " Also here, or a leftover:" };
        let folder = migrations.as_ref().map(|folder| comment_line(&folder.display().to_string()));
        let migrations = match (&folder, sql) {
            (Some(folder), true) => {
                format!("`drift check --offline {folder}` holds its migrations against this directory.")
            }
            (Some(folder), false) => format!("its migrations in {folder} are not SQL: {advice}."),
            (None, true) => "no migrations were found: name their directory to `drift check --offline`.".to_owned(),
            (None, false) => format!("its migrations are not SQL: {advice}."),
        };
        text.push_str(&format!("#{also} {tool}: {migrations}\n"));
        if n == 0 {
            text.push_str(&format!("# The database: drift check \"${}\"\n", comment_line(url)));
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// A drift.toml that is right, with doubts as comments.
fn drift_toml(catalog: &Catalog, platform: Platform) -> String {
    let mut text =
        String::from("# What the SQL beside this file cannot say: who is a tenant, and which tables are exceptions.\n");
    if platform == Platform::Supabase {
        text.push_str("platform = \"supabase\"\n");
    }
    let schemas: Vec<String> = catalog
        .of_kind(ObjectKind::Table)
        .iter()
        .map(|o| o.id.schema.to_string())
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .map(|s| toml_string(&s))
        .collect();
    text.push_str(&format!("schemas = [{}]\n", schemas.join(", ")));
    match tenancy(catalog) {
        Some((registry, column)) => {
            text.push_str(&format!(
                "\n[tenancy]\nregistry = {}   # the table that most foreign keys of such columns lead to\ncolumn   = {}\n",
                toml_string(&registry),
                toml_string(&column)
            ));
            text.push_str(match platform {
                Platform::Supabase => "roles    = [\"authenticated\"]\nenter    = \"supabase\"\n",
                Platform::None => "# roles   = [\"app\"]   # the roles that must be confined to one tenant\n",
            });
            text.push_str(
                "# context = \"(select app.tenant_id())\"   # the only expression a policy may compare with\n",
            );
            text.push_str("\n[tables]   # every table that is not listed is \"owned\"\n");
            for table in catalog.of_kind(ObjectKind::Table) {
                let name = &table.id.name;
                let has = catalog.get(&ObjectId::new(ObjectKind::Column, &table.id.schema, name, &column)).is_some();
                if **name != *registry && !has {
                    text.push_str(&format!(
                        "# {} = \"global\"   # has no {}: global, or not migrated yet?\n",
                        toml_string(name),
                        comment_line(&column)
                    ));
                }
            }
        }
        None => text.push_str(
            "\n# No column that looks like a tenant's (tenant_id, organization_id, account_id …) refers to a table.\n\
             # [tenancy]\n# registry = \"tenants\"\n# column   = \"tenant_id\"\n",
        ),
    }
    text
}

/// The most-referenced table among foreign keys of columns with a tenant's name, and that name.
fn tenancy(catalog: &Catalog) -> Option<(String, String)> {
    let mut votes: BTreeMap<(String, String), usize> = BTreeMap::new();
    for key in catalog.of_kind(ObjectKind::ForeignKey) {
        let [column] = key.list("columns") else { continue };
        let of_tenant = TENANT_COLUMNS.contains(&&**column);
        let registry = catalog
            .of_kind(ObjectKind::Table)
            .iter()
            .find(|table| key.text("references") == Some(&table.id.qualified()) && *table.id.name != *key.id.parent);
        if let (true, Some(registry)) = (of_tenant, registry) {
            *votes.entry((registry.id.name.to_string(), column.to_string())).or_default() += 1;
        }
    }
    let rank = |name: &str| TENANT_COLUMNS.iter().position(|c| *c == name);
    votes.into_iter().max_by_key(|((_, column), n)| (*n, std::cmp::Reverse(rank(column)))).map(|(pair, _)| pair)
}

fn toml_string(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
