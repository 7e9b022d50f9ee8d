//! `drift dump`: the whole schema of a source as ordered SQL.

use std::path::Path;

use anyhow::Result;

use crate::files;
use crate::jobs::source;
use crate::jobs::source::Loaded;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Source;
use crate::model::failure::failure;
use crate::model::object::ObjectId;
use crate::plan::dump;
use crate::plan::dump::About;
use crate::plan::dump::File;
use crate::scratch::compile::Platform;

pub use crate::plan::dump::Options;

/// What came of it.
#[derive(Debug)]
pub struct Dump {
    pub files: Vec<File>,
    /// What is not, or not wholly, in them; the head of the dump says why.
    pub left: Vec<ObjectId>,
    pub notes: Vec<String>,
}

/// Reads a source and writes its schema down.
///
/// # Errors
/// The source cannot be read, or was read in a way that does not show enough.
pub async fn dump(source: &Source, options: Options, reading: &ReadOptions) -> Result<Dump> {
    let loaded = source::read_all(source, reading).await?;
    let catalog = &loaded.catalog;
    let about = about(source, &loaded, reading);
    if !catalog.coverage.limits.is_empty() {
        return Err(failure(
            format!("{} was read through information_schema, which does not show enough of a schema", loaded.name),
            "dump with --reader pg-catalog, or a snapshot that was recorded with it",
        ));
    }
    let (files, left) = dump::dump(catalog, &about, options);
    let mut notes = loaded.notes;
    let kinds = catalog.coverage.not_compared.len();
    if kinds > 0 {
        notes.push(format!(
            "{kinds} kinds of objects are not in the dump, since drift does not read them; its head says which"
        ));
    }
    if !left.is_empty() {
        notes.push(format!("{} objects are not, or not wholly, in the dump; its head says why", left.len()));
    }
    Ok(Dump { files, left, notes })
}

/// What a reader should know about where a dump of a source comes from.
pub fn about(source: &Source, loaded: &Loaded, reading: &ReadOptions) -> About {
    let mut without = Vec::new();
    if loaded.platform == Platform::Supabase {
        without.push("what Supabase itself provides, such as schema auth, its functions and roles".to_owned());
    }
    let what = match source {
        Source::Database(_) => "The schema of a database",
        Source::Sql(_) => "The schema that SQL declares",
        Source::Snapshot(_) => "The schema of a recorded database",
    };
    About { what, schemas: reading.schemas.clone(), without }
}

/// Writes the files of a dump into a new directory.
///
/// # Errors
/// The directory holds something already, or cannot be written.
pub fn put(files: &[File], directory: &Path) -> Result<()> {
    if files::exists(directory) && !files::is_empty_directory(directory)? {
        return Err(failure(
            format!("{} exists and is not empty", directory.display()),
            "name a new directory with --output DIR; files of an earlier dump would be run too",
        ));
    }
    files::create_directory(directory)?;
    for file in files {
        files::write_atomically(&directory.join(&file.name), file.text.as_bytes())?;
    }
    Ok(())
}
