//! The schema of a source as SQL for the scratch Postgres, roles and owners included.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::files::SqlFile;
use crate::history::folder;
use crate::jobs::source;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Reader;
use crate::jobs::source::Source;
use crate::model::catalog::Catalog;
use crate::model::failure::failure;
use crate::model::ident::quote;
use crate::model::ident::split_routine;
use crate::model::kind::ObjectKind;
use crate::model::role;
use crate::plan::rebuild;
use crate::scratch::Engine;
use crate::scratch::compile;
use crate::scratch::compile::Platform;
use crate::spec::Spec;

/// What the scratch is filled with.
pub struct Copy {
    pub files: Vec<SqlFile>,
    pub platform: Platform,
    /// The `server_version_num` that it was made from; 0 where it is somebody's SQL.
    pub server_version: u32,
}

/// SQL as it is; a database or snapshot as the SQL that makes it.
pub async fn copy(source: &Source, spec: &Spec, options: &ReadOptions, notes: &mut Vec<String>) -> Result<Copy> {
    if let Source::Sql(path) = source {
        let files = folder::sql(path)?;
        let platform = options.platform.unwrap_or_else(|| compile::detect_platform(&files));
        return Ok(Copy { files, platform, server_version: 0 });
    }
    if options.reader == Reader::InformationSchema {
        return Err(failure(
            "information_schema does not show enough to rebuild a schema",
            "leave out --reader information-schema, and connect as a role of a real PostgreSQL",
        ));
    }
    // Policies may use functions of any schema: all are rebuilt, and the managed ones are proved.
    let whole = ReadOptions { schemas: Vec::new(), managed: Vec::new(), ..options.clone() };
    let loaded = source::read_all(source, &whole).await?;
    notes.extend(loaded.notes);
    let not_compared: u64 = loaded.catalog.coverage.not_compared.values().map(|n| n.count).sum();
    if not_compared > 0 {
        notes.push(format!("{not_compared} objects of kinds that drift does not model are not in the scratch copy"));
    }
    if !loaded.catalog.coverage.invisible.is_empty() {
        let names = loaded.catalog.coverage.invisible.join(", ");
        notes.push(format!("not in the scratch copy, because the role cannot see them: {names}"));
    }
    let files =
        vec![SqlFile { name: "rebuilt schema".to_owned(), text: rebuilt(&loaded.catalog, spec, options, notes) }];
    Ok(Copy { files, platform: loaded.platform, server_version: loaded.catalog.server_version })
}

/// The SQL of a catalog with its roles and owners: what an owner may, nobody granted.
fn rebuilt(catalog: &Catalog, spec: &Spec, options: &ReadOptions, notes: &mut Vec<String>) -> String {
    // Roles belong to a whole server. One that is not ours keeps its own, and what
    // is owned by a role that may be less there stays with the one that may do most.
    let ours = !matches!(options.engine, Some(Engine::Server(_))) && !catalog.roles.is_empty();
    let confined = spec.tenancy.iter().flat_map(|tenancy| &tenancy.roles);
    let reached: BTreeSet<_> = confined.flat_map(|name| role::closure(&catalog.roles, name, false)).collect();
    let kept = |owner: &str| !owner.starts_with("pg_") && (ours || reached.iter().any(|name| **name == *owner));
    if !ours {
        notes.push(
            match catalog.roles.is_empty() {
                true => "the source does not say what its roles may do and whose members they are: that was not proved",
                false => "roles are as the scratch server has them, with its attributes and memberships",
            }
            .to_owned(),
        );
    }
    let mut text = if ours { source::roles_script(catalog) } else { String::new() };
    text.push_str(&source::script(&rebuild::at_home(catalog)));
    for (kind, word) in [
        (ObjectKind::Schema, "SCHEMA"),
        (ObjectKind::Table, "TABLE"),
        (ObjectKind::View, "VIEW"),
        (ObjectKind::MaterializedView, "MATERIALIZED VIEW"),
        (ObjectKind::Function, "ROUTINE"),
        (ObjectKind::Procedure, "ROUTINE"),
    ] {
        for object in catalog.of_kind(kind) {
            let Some(owner) = object.text("owner").filter(|owner| kept(owner)) else { continue };
            let name = match word {
                "ROUTINE" => format!("{}.{}", quote(&object.id.schema), routine(&object.id.name)),
                _ => object.id.qualified(),
            };
            text.push_str(&format!("ALTER {word} {name} OWNER TO {};\n", quote(owner)));
        }
    }
    text
}

/// A routine's name, which carries the types of its arguments, for SQL.
fn routine(name: &str) -> String {
    let (name, types) = split_routine(name);
    format!("{}({types})", quote(name))
}
