//! Migrations that are no SQL: their names can be held against a ledger, what
//! they do cannot be run here.

use std::collections::BTreeMap;
use std::path::Path;

use crate::files::SqlFile;
use crate::history::folder::Layout;
use crate::history::folder::Migration;
use crate::history::folder::flyway_version;
use crate::history::folder::numbered;

/// Languages in which tools have migrations, by the ending of the file.
const LANGUAGES: &[(&str, &str)] = &[
    ("py", "Python"),
    ("rb", "Ruby"),
    ("js", "JavaScript"),
    ("cjs", "JavaScript"),
    ("mjs", "JavaScript"),
    ("ts", "TypeScript"),
    ("go", "Go"),
    ("java", "Java"),
    ("kt", "Kotlin"),
    ("rs", "Rust"),
    ("php", "PHP"),
    ("exs", "Elixir"),
];

/// The language of a file, by its ending; `None` for SQL and what no tool has migrations in.
pub fn language(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    LANGUAGES.iter().find(|(other, _)| *other == ending).map(|(_, language)| *language)
}

/// True for a file whose name is that of a program with a migration in it. In Python any may be one.
pub fn is_program(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    let numbered = base.starts_with(|c: char| c.is_ascii_digit()) || flyway_version(base).is_some();
    match language(base) {
        Some("Python") => base != "__init__.py",
        Some(_) => numbered && !base.ends_with(".d.ts"),
        None => false,
    }
}

/// An application of Django is called like the folder around `migrations`: where that is the directory
/// itself, its files get it before their names.
pub fn name_applications(files: &mut [SqlFile], directory: &Path) {
    let application = directory.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let Some(application) = application.filter(|_| directory.ends_with("migrations")) else { return };
    for file in files.iter_mut().filter(|file| !file.name.contains('/') && is_of_django(&file.text)) {
        file.name = format!("{application}/migrations/{}", file.name);
    }
}

/// The programs among files, in the order in which they run.
pub fn migrations(files: Vec<SqlFile>) -> Vec<Migration> {
    let mut all: Vec<Migration> = files.into_iter().filter_map(migration).collect();
    let depths = depths(&all);
    for migration in &mut all {
        migration.position = depths.get(&migration.version).copied().or(migration.position);
    }
    let mut applications: Vec<(String, String)> =
        all.iter().filter_map(|m| Some((m.recorded_as.clone()?, m.file.clone()))).collect();
    applications.sort();
    for migration in all.iter_mut().filter(|m| m.recorded_as.is_some()) {
        migration.position = applications.iter().position(|(_, file)| *file == migration.file);
    }
    all
}

fn migration(file: SqlFile) -> Option<Migration> {
    let base = file.name.rsplit('/').next().unwrap_or(&file.name);
    let (stem, _) = base.rsplit_once('.')?;
    let program = language(base)?;
    let of_django = is_of_django(&file.text);
    let (version, name) = match (program, revision(&file.text)) {
        ("Python", Some(revision)) => {
            let name = stem.strip_prefix(&revision).unwrap_or(stem).trim_start_matches('_').to_owned();
            (revision, name)
        }
        ("Python", None) if !of_django => return None,
        _ => flyway_version(stem).unwrap_or_else(|| numbered(stem)),
    };
    let application = file.name.rsplit('/').nth(2).filter(|_| of_django);
    let recorded_as = application.map(|application| format!("{application}.{stem}"));
    Some(Migration {
        version,
        name,
        sql: String::new(),
        repeatable: stem.starts_with("R__"),
        layout: Layout::Programs,
        position: None,
        recorded_as,
        program: Some(program),
        file: file.name,
        text: file.text,
    })
}

fn is_of_django(text: &str) -> bool {
    text.contains("migrations.Migration")
}

/// `revision = "abc"` of Alembic.
fn revision(text: &str) -> Option<String> {
    assigned(text, "down_revision")?;
    quoted(assigned(text, "revision")?).into_iter().next()
}

/// What a migration of Alembic follows: none for the first, several where branches meet.
pub fn follows(text: &str) -> Vec<String> {
    assigned(text, "down_revision").map(quoted).unwrap_or_default()
}

/// What stands after `name =` or `name: type =` at the beginning of a line.
fn assigned<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let rest = line.strip_prefix(name)?.trim_start();
        let (before, value) = rest.split_once('=')?;
        (before.is_empty() || before.starts_with(':')).then(|| value.trim())
    })
}

fn quoted(value: &str) -> Vec<String> {
    let value = value.split('#').next().unwrap_or_default();
    value.split(['"', '\'']).skip(1).step_by(2).map(str::to_owned).collect()
}

/// How far each revision is from the first: what it follows comes before it.
fn depths(all: &[Migration]) -> BTreeMap<String, usize> {
    let chained = |m: &&Migration| m.program == Some("Python") && revision(&m.text).is_some();
    let mut depths: BTreeMap<String, usize> =
        all.iter().filter(chained).map(|migration| (migration.version.clone(), 0)).collect();
    // Each round settles at least one more, unless they go in a circle.
    for _ in 0..depths.len() {
        for migration in all.iter().filter(chained) {
            let deepest = follows(&migration.text).iter().filter_map(|parent| depths.get(parent)).max().map(|d| d + 1);
            if let Some(deepest) = deepest {
                depths.insert(migration.version.clone(), deepest);
            }
        }
    }
    depths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> SqlFile {
        SqlFile { name: name.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn revisions_follow_each_other() {
        let second = "revision: str = 'b2'\ndown_revision: Union[str, None] = 'a9'  # the first\n";
        let all = crate::history::folder::migrations(vec![
            file("b2_more.py", second),
            file("a9_first.py", "revision = \"a9\"\ndown_revision = None\n"),
            file("env.py", "import alembic\n"),
        ]);
        assert_eq!(all.0, Layout::Programs);
        assert_eq!(all.1.iter().map(|m| m.version.as_str()).collect::<Vec<_>>(), ["a9", "b2"]);
        assert_eq!(all.1[1].name, "more");
        assert_eq!(follows("down_revision = ('x', \"y\")"), ["x", "y"]);
    }

    #[test]
    fn an_application_is_the_folder_around_migrations() {
        let text = "class Migration(migrations.Migration):\n    pass\n";
        let mut files = vec![file("0002_b.py", text), file("0001_a.py", text)];
        name_applications(&mut files, Path::new("/srv/shop/migrations"));
        let all = migrations(files);
        let mut names: Vec<_> = all.iter().map(|m| (m.position, m.recorded_as.as_deref())).collect();
        names.sort();
        assert_eq!(names, [(Some(0), Some("shop.0001_a")), (Some(1), Some("shop.0002_b"))]);
    }

    #[test]
    fn only_what_has_a_number_is_a_migration() {
        assert!(is_program("db/migrate/20250101000000_a.rb") && is_program("V1__a.java") && is_program("1_a.ts"));
        assert!(!is_program("schema.ts") && !is_program("0001_a.sql") && !is_program("__init__.py"));
    }
}
