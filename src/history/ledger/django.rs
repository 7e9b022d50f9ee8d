//! `django_migrations`: the application and the name of the file.

use crate::history::folder::Layout;
use crate::history::folder::Migration;
use crate::history::ledger::Place;
use crate::history::ledger::Record;
use crate::history::ledger::Tool;
use crate::history::ledger::last_of_each;

pub const TOOL: Tool = Tool {
    name: "Django",
    table: "django_migrations",
    columns: &[("id", ""), ("app", "character varying"), ("name", "character varying"), ("applied", "timestamp")],
    exact: true,
    layouts: &[Layout::Programs],
    record: |row| {
        let (app, name) = (row.text("app")?, row.text("name")?);
        Ok(Some(Record {
            version: app.clone(),
            at: row.optional("applied"),
            place: Some(Place::Number(row.number("id")?)),
            name: name.clone(),
            ..Record::applied(format!("{app}.{name}"))
        }))
    },
    settle: of_these_applications,
    keys: |migration| migration.recorded_as.iter().cloned().collect(),
    late: "Django runs it next time, after what is newer",
    mark: "python manage.py migrate --fake, up to {key}",
    ..Tool::BASE
};

/// Applications that are installed as packages have their files elsewhere.
fn of_these_applications(records: Vec<Record>, migrations: &[Migration]) -> Vec<Record> {
    let known = |app: &str| {
        let of = |key: &String| key.split_once('.').is_some_and(|(other, _)| other == app);
        migrations.iter().any(|m| m.recorded_as.as_ref().is_some_and(of))
    };
    let mut all = last_of_each(records, migrations);
    all.retain(|record| known(&record.version));
    all
}
