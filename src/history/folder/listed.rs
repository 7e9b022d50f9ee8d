//! Lists that say the order of migrations: the journal of Drizzle, the plan of Sqitch.

use serde::Deserialize;

use crate::files::SqlFile;
use crate::history::folder::Layout;
use crate::history::folder::Migration;

/// Where lists are, from the directory of the migrations: a plan may be beside its scripts, or beside
/// their folder.
pub const LISTS: &[&str] = &["meta/_journal.json", "sqitch.plan", "../sqitch.plan"];

/// Puts the migrations where their list says.
pub fn arrange(lists: &[SqlFile], migrations: &mut Vec<Migration>) {
    for list in lists {
        if list.name.ends_with("sqitch.plan") {
            of_plan(&list.text, migrations);
        } else {
            of_journal(&list.text, migrations);
        }
    }
}

#[derive(Deserialize)]
struct Journal {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    /// The name of the file.
    tag: String,
    /// When it was written: what the ledger calls it.
    when: u64,
}

fn of_journal(text: &str, migrations: &mut [Migration]) {
    // Whatever else is called so is no journal.
    let Ok(journal) = serde_json::from_str::<Journal>(text) else { return };
    for (position, entry) in journal.entries.iter().enumerate() {
        let file = format!("{}.sql", entry.tag);
        if let Some(migration) = migrations.iter_mut().find(|m| m.file == file) {
            migration.position = Some(position);
            migration.recorded_as = Some(entry.when.to_string());
        }
    }
    migrations.iter_mut().for_each(|migration| migration.layout = Layout::Journal);
}

/// Only `deploy/` leads forward. Of a change that stands in the plan again, the earlier script is
/// `name@tag`, by the tag that follows it.
fn of_plan(text: &str, migrations: &mut Vec<Migration>) {
    let forward = |m: &Migration| m.file.starts_with("deploy/");
    if migrations.iter().any(forward) {
        migrations.retain(forward);
    }
    if !scripts(text).iter().any(|change| migrations.iter().any(|m| name_of(&m.file) == change)) {
        return;
    }
    for (position, change) in scripts(text).into_iter().enumerate() {
        let named = |m: &&mut Migration| name_of(&m.file) == change;
        if let Some(migration) = migrations.iter_mut().find(named) {
            migration.position = Some(position);
        }
    }
    for migration in migrations.iter_mut() {
        let name = name_of(&migration.file).to_owned();
        migration.recorded_as = Some(name.clone());
        (migration.version, migration.name, migration.layout) = (String::new(), name, Layout::Plan);
    }
}

fn name_of(file: &str) -> &str {
    file.strip_prefix("deploy/").unwrap_or(file).trim_end_matches(".sql")
}

/// The names of the scripts of a plan, in its order.
fn scripts(plan: &str) -> Vec<String> {
    let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let meant = |line: &&str| !line.trim().is_empty() && !line.starts_with(['%', '#']);
    let words: Vec<String> = plan.lines().filter(meant).filter_map(first).collect();
    let script = |(at, name): (usize, &String)| {
        if name.starts_with('@') {
            return None;
        }
        let later = words[at + 1..].iter().position(|other| other == name);
        let tag = later.and_then(|n| words[at + 1..at + 1 + n].iter().find(|word| word.starts_with('@')));
        Some(tag.map_or_else(|| name.clone(), |tag| format!("{name}{tag}")))
    };
    words.iter().enumerate().filter_map(script).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::folder::migrations;

    fn file(name: &str, text: &str) -> SqlFile {
        SqlFile { name: name.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_plan_says_the_order_and_names_what_was_reworked() {
        let plan = "%syntax-version=1.0.0\n%project=shop\n\nschema 2025-01-01T00:00:00Z A <a@b> # the schema\n\
            views [schema] 2025-01-02T00:00:00Z A <a@b> # views\n@v1 2025-01-03T00:00:00Z A <a@b> # tagged\n\
            views [views@v1] 2025-01-04T00:00:00Z A <a@b> # other views\n";
        assert_eq!(scripts(plan), ["schema", "views@v1", "views"]);
        let names = ["deploy/views.sql", "deploy/views@v1.sql", "deploy/schema.sql", "revert/schema.sql"];
        let files = names.iter().map(|name| file(name, "SELECT 1;")).chain([file("sqitch.plan", plan)]);
        let (layout, all) = migrations(files.collect());
        assert_eq!(layout, Layout::Plan);
        assert_eq!(all.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["schema", "views@v1", "views"]);
    }

    #[test]
    fn a_journal_says_the_order_and_what_the_ledger_calls_a_file() {
        let journal =
            r#"{"version":"7","entries":[{"idx":0,"when":5,"tag":"0001_b"},{"idx":1,"when":9,"tag":"0000_a"}]}"#;
        let (layout, all) = migrations(vec![
            file("0000_a.sql", "SELECT 1;"),
            file("0001_b.sql", "SELECT 1;"),
            file("meta/_journal.json", journal),
        ]);
        assert_eq!(layout, Layout::Journal);
        let found: Vec<_> = all.iter().map(|m| (m.file.as_str(), m.recorded_as.as_deref())).collect();
        assert_eq!(found, [("0001_b.sql", Some("5")), ("0000_a.sql", Some("9"))]);
    }
}
