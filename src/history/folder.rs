//! A directory of migrations: which file is one, which come first, and what in
//! them is the way forward. Tools differ in names only; the SQL is the same.

pub mod listed;
pub mod programs;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use serde::Deserialize;
use serde::Serialize;

use crate::files;
use crate::files::SqlFile;
use crate::model::failure::failure;

/// How the files of a directory are laid out and named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// `001_name.sql` or `20251026000001_name.sql`: the number says the order.
    Numbered,
    /// `V1.2__name.sql` and `R__name.sql` (Flyway), `V1__name.sql` (Refinery).
    Versioned,
    /// `001_name.up.sql` beside `001_name.down.sql` (golang-migrate, sqlx).
    UpAndDown,
    /// `001_name/up.sql` beside `down.sql` (Diesel).
    UpFolders,
    /// `001_name/migration.sql` (Prisma).
    Folders,
    /// Both ways in one file, behind `-- migrate:up` (dbmate) or `-- +goose Up`.
    Sections,
    /// Numbered files, of which a journal says the order (Drizzle).
    Journal,
    /// `deploy/name.sql`, of which a plan says the order (Sqitch).
    Plan,
    /// Files of changesets (Liquibase).
    Changesets,
    /// Programs: what they do cannot be run here (Django, Alembic, Rails).
    Programs,
    /// Names without numbers: the alphabet says the order.
    Named,
}

impl Layout {
    pub const fn word(self) -> &'static str {
        match self {
            Layout::Numbered => "numbered files",
            Layout::Versioned => "versioned files",
            Layout::UpAndDown => "up and down files",
            Layout::UpFolders => "folders with up.sql",
            Layout::Folders => "folders with migration.sql",
            Layout::Sections => "files with an up and a down section",
            Layout::Journal => "files of a journal",
            Layout::Plan => "scripts of a plan",
            Layout::Changesets => "files of changesets",
            Layout::Programs => "programs",
            Layout::Named => "files by name",
        }
    }
}

/// One migration: the way forward only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// What a ledger calls it: `20251026000001`, `1.2`; empty where the name has no number.
    pub version: String,
    /// The rest of the name, without its ending.
    pub name: String,
    /// The file, below the directory.
    pub file: String,
    /// As it is in the file, with what leads back blanked out, so that lines keep their numbers.
    pub sql: String,
    /// All of the file, for checksums.
    pub text: String,
    /// Run again whenever it changes, after all others.
    pub repeatable: bool,
    pub layout: Layout,
    /// Where a journal, a plan or the files themselves put it; `None`: its number says it.
    pub position: Option<usize>,
    /// What a ledger calls it, where neither the number nor the name is that.
    pub recorded_as: Option<String>,
    /// The language of what is no SQL.
    pub program: Option<&'static str>,
}

impl Migration {
    /// Migrations of one series run one after the other; those of several do not wait for each other. Of
    /// Django each application is one; revisions of Alembic say themselves what they wait for.
    pub fn series(&self) -> &str {
        match (self.program, &self.recorded_as) {
            (Some("Python"), Some(recorded)) => recorded.split('.').next().unwrap_or_default(),
            (Some("Python"), None) => &self.version,
            (Some(_) | None, _) => "",
        }
    }

    /// A file as it is: all of it leads forward.
    pub fn plain(file: &SqlFile) -> Migration {
        Migration {
            version: String::new(),
            name: file.name.trim_end_matches(".sql").to_owned(),
            file: file.name.clone(),
            sql: file.text.clone(),
            text: file.text.clone(),
            repeatable: false,
            layout: Layout::Named,
            position: None,
            recorded_as: None,
            program: None,
        }
    }
}

/// A `.sql` file, or those of a directory that lead to its schema, in the order in which they run; named
/// as they are found from here.
///
/// # Errors
/// Nothing is there, or no SQL.
pub fn sql(path: &Path) -> Result<Vec<SqlFile>> {
    let files = files::read_sql_below(path)?;
    if !files::is_directory(path) {
        let of = |file: SqlFile| forward(&file.text).unwrap_or(file.text);
        return Ok(files
            .into_iter()
            .map(|file| SqlFile { name: path.display().to_string(), text: of(file) })
            .collect());
    }
    let (_, migrations) = migrations(with_lists(files, path));
    if migrations.is_empty() {
        return Err(failure(
            format!("there is no .sql file in {}", path.display()),
            "give a .sql file or a directory of them",
        ));
    }
    let named = |file: &str| path.join(file).display().to_string();
    Ok(migrations.into_iter().map(|m| SqlFile { name: named(&m.file), text: m.sql }).collect())
}

/// Everything below a directory that is a migration or says something of them, programs among it; to be
/// given to [`migrations`].
///
/// # Errors
/// Nothing is there, or one cannot be read.
pub fn read(directory: &Path) -> Result<Vec<SqlFile>> {
    let mut files = files::read_below(directory, |name| {
        let base = name.rsplit('/').next().unwrap_or(name);
        base.ends_with(".sql") || programs::is_program(base)
    })?;
    let directory = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    programs::name_applications(&mut files, &directory);
    Ok(with_lists(files, &directory))
}

/// The files of a directory, and the lists that say their order.
fn with_lists(mut files: Vec<SqlFile>, directory: &Path) -> Vec<SqlFile> {
    for list in listed::LISTS {
        if let Some(text) = files::read_optional(&directory.join(list)) {
            files.push(SqlFile { name: (*list).to_owned(), text });
        }
    }
    files
}

/// The migrations of a directory in the order in which they run, and how they are laid out.
/// The names of the files are below the directory, with `/` between folders.
pub fn migrations(files: Vec<SqlFile>) -> (Layout, Vec<Migration>) {
    let (lists, files): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| listed::LISTS.contains(&file.name.as_str()));
    let (sql, other): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| !programs::is_program(&file.name));
    let versions: BTreeSet<Vec<u128>> = sql.iter().filter_map(|file| way_forward(&file.name)).collect();
    let mut all: Vec<Migration> = sql.into_iter().filter_map(|file| migration(file, &versions)).collect();
    all.extend(programs::migrations(other));
    listed::arrange(&lists, &mut all);
    all.sort_by_cached_key(|m| {
        let position = m.position.unwrap_or(usize::MAX);
        (m.repeatable, position, m.version.is_empty(), order(&m.version), m.name.clone(), m.file.clone())
    });
    let mut counts: Vec<(Layout, usize)> = Vec::new();
    for migration in &all {
        match counts.iter_mut().find(|(layout, _)| *layout == migration.layout) {
            Some((_, n)) => *n += 1,
            None => counts.push((migration.layout, 1)),
        }
    }
    let layout = counts.iter().max_by_key(|(_, n)| *n).map_or(Layout::Named, |(layout, _)| *layout);
    (layout, all)
}

/// One file as a migration; `None` for what leads back, and for what is not to be run. `versions`: those
/// of files whose names begin with V.
fn migration(file: SqlFile, versions: &BTreeSet<Vec<u128>>) -> Option<Migration> {
    let (folder, base) = match file.name.rsplit_once('/') {
        Some((folders, base)) => (Some(folders.rsplit('/').next().unwrap_or(folders)), base),
        None => (None, file.name.as_str()),
    };
    let stem = base.strip_suffix(".sql").unwrap_or(base);
    let (layout, name) = match (folder, stem) {
        (Some(folder), "up") => (Layout::UpFolders, folder),
        (Some(folder), "migration") => (Layout::Folders, folder),
        (Some(_), "down") => return None,
        _ if stem.ends_with(".down") || is_undo(stem, versions) => return None,
        _ => match stem.strip_suffix(".up") {
            Some(name) => (Layout::UpAndDown, name),
            None => (Layout::Numbered, stem),
        },
    };
    let repeatable = name.starts_with("R__");
    let flyway = flyway_version(name);
    let (version, rest) = match (repeatable, flyway) {
        (true, _) => (String::new(), name.trim_start_matches("R__").to_owned()),
        (false, Some((version, rest))) => (version, rest),
        (false, None) => numbered(name),
    };
    let sections = forward(&file.text);
    let layout = match layout {
        Layout::Numbered if sections.is_some() => Layout::Sections,
        Layout::Numbered if is_changelog(&file.text) => Layout::Changesets,
        Layout::Numbered if repeatable || flyway_version(name).is_some() => Layout::Versioned,
        Layout::Numbered if version.is_empty() => Layout::Named,
        other => other,
    };
    let sql = sections.unwrap_or_else(|| file.text.clone());
    Some(Migration {
        version,
        name: rest,
        file: file.name,
        sql,
        text: file.text,
        repeatable,
        layout,
        position: None,
        recorded_as: None,
        program: None,
    })
}

/// `--liquibase formatted sql`.
fn is_changelog(text: &str) -> bool {
    let first = text.trim_start_matches('\u{feff}').lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let words = first.trim().strip_prefix("--").unwrap_or_default().trim().to_lowercase();
    words.starts_with("liquibase formatted sql")
}

/// The version of a file whose name begins with V.
fn way_forward(file: &str) -> Option<Vec<u128>> {
    let base = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".sql");
    let (version, _) = flyway_version(base).filter(|_| base.starts_with(['V', 'v']))?;
    Some(order(&version))
}

/// `U1__name` takes back `V1__name` (Flyway). Where there is none, it is a migration whose order does not
/// matter (Refinery).
fn is_undo(stem: &str, versions: &BTreeSet<Vec<u128>>) -> bool {
    stem.starts_with('U') && flyway_version(stem).is_some_and(|(version, _)| versions.contains(&order(&version)))
}

/// `V1.2__name`, `B1__name`, `U1__name` → `1.2` and `name`. An underscore is as good as a dot in the number.
fn flyway_version(name: &str) -> Option<(String, String)> {
    let rest = name.strip_prefix(['V', 'v', 'B', 'U'])?;
    let (version, rest) = rest.split_once("__")?;
    let numbers = version.starts_with(|c: char| c.is_ascii_digit())
        && version.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '_');
    numbers.then(|| (version.replace('_', "."), rest.to_owned()))
}

/// `001_name`, `2025-10-26-000001_name`, `20251026_000001-name` → the number and the name.
fn numbered(name: &str) -> (String, String) {
    let digits = name.chars().take_while(char::is_ascii_digit).count();
    if digits == 0 {
        return (String::new(), name.to_owned());
    }
    let mut end = digits;
    // A date goes on over hyphens: 2025-10-26-000001.
    while let Some(rest) = name[end..].strip_prefix('-') {
        let more = rest.chars().take_while(char::is_ascii_digit).count();
        if more == 0 {
            break;
        }
        end += 1 + more;
    }
    (name[..end].to_owned(), name[end..].trim_start_matches(['_', '-', '.']).to_owned())
}

/// What sorts like the numbers in a version: 1.10 after 1.9, 10 after 9.
pub fn order(version: &str) -> Vec<u128> {
    version.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

/// The text with all but the way forward blanked out; `None` where no line marks it.
fn forward(text: &str) -> Option<String> {
    let marked = |line: &str, words: &[&str]| {
        let line = line.trim_start().strip_prefix("--").unwrap_or_default().trim().to_lowercase();
        words.iter().any(|word| line == *word || line.starts_with(&format!("{word} ")))
    };
    const UP: &[&str] = &["migrate:up", "+goose up", "+migrate up", "rambler up", "up migration"];
    const DOWN: &[&str] = &["migrate:down", "+goose down", "+migrate down", "rambler down", "down migration"];
    let marks = |words| text.lines().any(|line| marked(line, words));
    let begins = marks(UP);
    if !begins && !marks(DOWN) {
        return None;
    }
    // Where nothing marks the way forward, it is what comes before the way back.
    let mut on = !begins;
    let mut kept = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if marked(line, UP) || marked(line, DOWN) {
            on = marked(line, UP);
        }
        match on {
            true => kept.push_str(line),
            false => kept.push('\n'),
        }
    }
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(names: &[&str]) -> (Layout, Vec<String>) {
        let file = |name: &&str| SqlFile { name: (*name).to_owned(), text: "SELECT 1;\n".to_owned() };
        let (layout, all) = migrations(names.iter().map(file).collect());
        (layout, all.into_iter().map(|m| format!("{}|{}", m.version, m.name)).collect())
    }

    #[test]
    fn numbers_say_the_order() {
        assert_eq!(read(&["10_b.sql", "9_a.sql"]), (Layout::Numbered, vec!["9|a".into(), "10|b".into()]));
        let (layout, names) = read(&["R__views.sql", "V1.10__b.sql", "V1_9__a.sql", "U1.9__a.sql"]);
        assert_eq!((layout, names), (Layout::Versioned, vec!["1.9|a".into(), "1.10|b".into(), "|views".into()]));
        let (layout, names) = read(&["1_a.up.sql", "1_a.down.sql"]);
        assert_eq!((layout, names), (Layout::UpAndDown, vec!["1|a".into()]));
        let (layout, names) = read(&["2025-10-26-000001_a/up.sql", "2025-10-26-000001_a/down.sql"]);
        assert_eq!((layout, names), (Layout::UpFolders, vec!["2025-10-26-000001|a".into()]));
        assert_eq!(read(&["20250101_a/migration.sql"]), (Layout::Folders, vec!["20250101|a".into()]));
        assert_eq!(read(&["b.sql", "a.sql"]), (Layout::Named, vec!["|a".into(), "|b".into()]));
        // Without a V1 there is nothing that U1 could take back.
        assert_eq!(read(&["U1__a.sql", "V2__b.sql"]).1, ["1|a", "2|b"]);
    }

    #[test]
    fn of_both_ways_only_the_way_forward_is_kept() {
        let text = "-- migrate:up\nCREATE TABLE t ();\n\n-- migrate:down\nDROP TABLE t;\n";
        let (layout, all) = migrations(vec![SqlFile { name: "1_t.sql".to_owned(), text: text.to_owned() }]);
        assert_eq!(layout, Layout::Sections);
        assert_eq!(all[0].sql, "-- migrate:up\nCREATE TABLE t ();\n\n\n\n");
        assert_eq!(all[0].text, text);
        assert_eq!(forward("SELECT 1;\n-- +goose Down\nSELECT 2;\n").as_deref(), Some("SELECT 1;\n\n\n"));
        assert_eq!(forward("SELECT 1;\n"), None);
    }
}
