//! The only user of the file system: reads SQL and specs, writes whole files
//! or nothing, and keeps the cache.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;
use anyhow::Result;

use crate::model::failure::failure;

/// A file of SQL, as a rule, under the name that a person knows it by.
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

/// A `.sql` file, or those of a directory, named below it and sorted by name; of the directories in it only
/// the `up.sql` and `migration.sql` of migrations with a folder of their own.
///
/// # Errors
/// Nothing is there, or one cannot be read.
pub fn read_sql_below(path: &Path) -> Result<Vec<SqlFile>> {
    must_exist(path)?;
    if path.is_dir() { named_below(path, sql_of(path)?) } else { read_one(path) }
}

/// A file, or those of a directory and of all in it, named below it and sorted by name. `wanted` is asked
/// of each name.
///
/// # Errors
/// Nothing is there, or one cannot be read.
pub fn read_below(directory: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<SqlFile>> {
    must_exist(directory)?;
    if !directory.is_dir() {
        return read_one(directory);
    }
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        for path in entries(&next)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // What others have installed there is not the project's.
            let foreign = name.starts_with('.') || ["node_modules", "site-packages", "__pycache__"].contains(&&*name);
            match path.is_dir() {
                true if !foreign => open.push(path),
                false if wanted(&name) => found.push(path),
                true | false => {}
            }
        }
    }
    named_below(directory, found)
}

fn read_one(path: &Path) -> Result<Vec<SqlFile>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(vec![SqlFile { name, text: read_text(path)? }])
}

fn must_exist(path: &Path) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    Err(failure(format!("there is no file or directory {}", path.display()), "give a .sql file or a directory of them"))
}

fn named_below(directory: &Path, paths: Vec<PathBuf>) -> Result<Vec<SqlFile>> {
    let mut files = Vec::new();
    for file in paths {
        let name = file.strip_prefix(directory).unwrap_or(&file).display().to_string().replace('\\', "/");
        files.push(SqlFile { name, text: read_text(&file)? });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn sql_of(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for path in entries(directory)? {
        if path.is_dir() {
            paths.extend(["up.sql", "migration.sql"].map(|name| path.join(name)).into_iter().filter(|p| p.exists()));
        } else if path.extension().is_some_and(|e| e == "sql") {
            paths.push(path);
        }
    }
    Ok(paths)
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
