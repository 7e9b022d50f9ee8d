//! The only user of the file system: reads SQL and specs, writes whole files
//! or nothing, and keeps the cache.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;
use anyhow::Result;

use crate::model::failure::failure;

/// A file of SQL, under the name that a person knows it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlFile {
    pub name: String,
    pub text: String,
}

/// True when something is there.
pub fn exists(path: &Path) -> bool {
    path.exists()
}

/// True for a directory.
pub fn is_directory(path: &Path) -> bool {
    path.is_dir()
}

/// A whole text file.
///
/// # Errors
/// It cannot be read, or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| {
        failure(format!("cannot read {}: {error}", path.display()), "check the path and that the file is UTF-8 text")
    })
}

/// A file that need not be there; `None` where it cannot be read.
pub fn read_optional(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// A `.sql` file, or the `.sql` files of a directory in the order in which they run: lexical, or by
/// version where they are Flyway's. Of migrations only the way up is read: neither `.down.sql` files nor
/// what follows `-- migrate:down` or `-- +goose Down`; and where each has a folder of its own, its `up.sql`
/// or `migration.sql`.
///
/// # Errors
/// Nothing is there, or the directory holds no SQL.
pub fn read_sql(path: &Path) -> Result<Vec<SqlFile>> {
    if !path.exists() {
        return Err(failure(
            format!("there is no file or directory {}", path.display()),
            "give a .sql file or a directory of them",
        ));
    }
    let mut paths = vec![path.to_owned()];
    if path.is_dir() {
        paths = sql_of(path)?;
    }
    if paths.is_empty() {
        return Err(failure(
            format!("there is no .sql file in {}", path.display()),
            "give a .sql file or a directory of them",
        ));
    }
    let read = |path: PathBuf| Ok(SqlFile { name: path.display().to_string(), text: way_up(read_text(&path)?) });
    paths.into_iter().map(read).collect()
}

/// The files of a directory that lead to its schema, in their order.
fn sql_of(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for path in entries(directory)? {
        let is_sql = path.extension().is_some_and(|e| e == "sql");
        if path.is_dir() {
            paths.extend(["up.sql", "migration.sql"].map(|name| path.join(name)).into_iter().filter(|p| p.exists()));
        } else if is_sql && !name_of(&path).ends_with(".down.sql") {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.iter().any(|path| flyway(path, 'V').is_some()) {
        paths.retain(|path| flyway(path, 'U').is_none());
        // Versions are numbers, and what is repeated runs after them.
        paths.sort_by_key(|path| (name_of(path).starts_with("R__"), flyway(path, 'V')));
    }
    Ok(paths)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The version in a name such as `V1_2__add_notes.sql`.
fn flyway(path: &Path, letter: char) -> Option<Vec<u64>> {
    let name = name_of(path);
    let (version, _) = name.strip_prefix(letter)?.split_once("__")?;
    version.split(['.', '_']).map(|part| part.parse().ok()).collect()
}

/// The part of a migration before the one that takes it back.
fn way_up(text: String) -> String {
    let turns = |line: &str| {
        let line = line.trim().to_ascii_lowercase();
        ["-- migrate:down", "-- +goose down", "-- +migrate down"].iter().any(|mark| line.starts_with(mark))
    };
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if turns(line) {
            return text[..at].to_owned();
        }
        at += line.len();
    }
    text
}

/// A `.sql` file, or those of a directory and of the directories in it, named below it.
///
/// # Errors
/// Nothing is there, or one cannot be read.
pub fn read_sql_below(path: &Path) -> Result<Vec<SqlFile>> {
    if !path.exists() {
        return Err(failure(
            format!("there is no file or directory {}", path.display()),
            "give a .sql file or a directory of them",
        ));
    }
    let root = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let mut files = Vec::new();
    let mut waiting = vec![path.to_owned()];
    while let Some(next) = waiting.pop() {
        if next.is_dir() {
            waiting.extend(entries(&next)?);
        } else if next.extension().is_some_and(|e| e == "sql") {
            let name = next.strip_prefix(root).unwrap_or(&next).display().to_string().replace('\\', "/");
            files.push(SqlFile { name, text: read_text(&next)? });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// True for a directory of SQL, or a file of it.
///
/// # Errors
/// The directory cannot be listed.
pub fn has_sql(path: &Path) -> Result<bool> {
    Ok(!path.is_dir() || !sql_of(path)?.is_empty())
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> std::io::Result<Vec<PathBuf>> { fs::read_dir(directory)?.map(|e| Ok(e?.path())).collect() };
    read().with_context(|| format!("cannot list {}", directory.display()))
}

/// True for a directory with nothing in it.
///
/// # Errors
/// It cannot be listed.
pub fn is_empty_directory(path: &Path) -> Result<bool> {
    Ok(path.is_dir() && entries(path)?.is_empty())
}

/// The directories in a directory, sorted; none where it cannot be listed.
pub fn directories(path: &Path) -> Vec<PathBuf> {
    let mut found = entries(path).unwrap_or_else(|_| Vec::new());
    found.retain(|p| p.is_dir());
    found.sort();
    found
}

/// Creates a directory and those above it.
///
/// # Errors
/// It cannot be created.
pub fn create_directory(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot create {}", path.display()))
}

/// Writes a file whole or not at all, creating the directories above it.
///
/// # Errors
/// The disk or the permissions say no; what was there before is untouched.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    create_directory(directory)?;
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(bytes)?;
        readable_by_others(file.as_file())?;
        file.persist(path).map_err(|e| e.error)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Adds to the end of a file, creating it where it is not there.
///
/// # Errors
/// The disk or the permissions say no.
pub fn append(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || fs::OpenOptions::new().create(true).append(true).open(path)?.write_all(bytes);
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Temporary files are private; a migration is for the whole team.
#[cfg(unix)]
fn readable_by_others(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_others(_: &fs::File) -> std::io::Result<()> {
    Ok(())
}

/// Where compiled SQL is kept: `$DRIFT_CACHE_DIR`, else the user's cache directory.
pub fn cache_directory() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    variable("DRIFT_CACHE_DIR")
        .or_else(|| variable("XDG_CACHE_HOME").map(|d| d.join("drift")))
        .or_else(|| variable("HOME").map(|d| d.join(".cache/drift")))
        .or_else(|| variable("LOCALAPPDATA").map(|d| d.join("drift")))
}

/// True when others than the owner may read a file: a password file must not be used then.
#[cfg(unix)]
pub fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o077 != 0)
}

/// Permissions of that kind are Unix'.
#[cfg(not(unix))]
pub fn is_open_to_others(_: &Path) -> bool {
    false
}

/// A new file to write to, as a program's output.
///
/// # Errors
/// It cannot be created.
pub fn create(path: &Path) -> Result<fs::File> {
    fs::File::create(path).with_context(|| format!("cannot create {}", path.display()))
}
