//! What every fuzz target does with its bytes. The programs in `fuzz_targets/` and the suite share these bodies,
//! so whoever lacks `cargo fuzz` runs them too. A body returns whatever comes: it fails by panicking, by running
//! out of memory, or by taking too long. What is refused has to be refused in words.

use std::io::Write;
use std::sync::OnceLock;

use drift::diff;
use drift::files::SqlFile;
use drift::findings;
use drift::history::folder;
use drift::history::ledger::TOOLS;
use drift::history::ledger::row::Row;
use drift::history::words;
use drift::jobs::source;
use drift::kinds;
use drift::model::catalog::Catalog;
use drift::model::failure::help;
use drift::pg::connect;
use drift::pg::introspect;
use drift::pg::introspect::Reader;
use drift::pg::introspect::Scope;
use drift::pg::journal;
use drift::pg::ledgers;
use drift::pg::passfile;
use drift::pg::target::Target;
use drift::plan::file;
use drift::plan::fingerprint::Fingerprint;
use drift::plan::full;
use drift::plan::seal;
use drift::plan::value;
use drift::plan::value::Value;
use drift::scratch::split;
use drift::snapshot;
use drift::spec::Spec;
use drift::spec::baseline;
use drift::spec::drift_toml;
use drift::tenancy;

/// A target: its name, which is that of its seeds, and what it does.
pub type Body = (&'static str, fn(&[u8]));

/// All of them.
pub const BODIES: &[Body] = &[
    ("sql", sql),
    ("value", one_value),
    ("drift_toml", spec),
    ("baseline", known_findings),
    ("snapshot", recorded),
    ("plan", plan),
    ("connection", connection),
    ("password_file", password_file),
    ("migrations", migrations),
    ("ledger", ledger),
    ("server", server),
];

/// Runs the body of a target.
pub fn run(name: &str, bytes: &[u8]) {
    let (_, body) = BODIES.iter().find(|(known, _)| *known == name).expect("a target of that name");
    body(bytes);
}

/// A refusal that says something, and what to do about it where it says so.
fn refused(error: &anyhow::Error) {
    assert!(!error.to_string().trim().is_empty(), "a refusal without a word");
    assert!(help(error).is_none_or(|help| !help.trim().is_empty()), "an empty help: {error}");
}

/// A file of SQL, as every source and migration is read.
pub fn sql(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match split::pieces(&text, "f.sql") {
        Ok(pieces) => {
            for piece in pieces {
                assert!(text.contains(&piece.sql) && piece.line as usize <= text.matches('\n').count() + 1);
                let words = words::words_with_bodies(&piece.sql);
                let _ = (words::class(&words), words::guarded(&words), words::subject(&words), piece.runs_alone());
                assert!(piece.first_line().chars().count() <= 201);
            }
        }
        Err(error) => refused(&error),
    }
    assert_eq!(split::whole(&text).concat(), text, "a token is lost");
}

/// A value of `--backfill`: whatever it says, it cannot end the statement that it stands in.
pub fn one_value(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (Ok(Value::Expression(sql)) | Ok(Value::Constant(sql))) = value::parse("t", &text) else { return };
    let pieces = split::pieces(&format!("SELECT {sql};SELECT 2;"), "v").expect("a value is no psql command");
    assert_eq!(pieces.len(), 2, "{sql:?} ends its statement: {pieces:?}");
    assert_eq!(pieces[1].sql, "SELECT 2;", "{sql:?}");
}

/// `drift.toml`, and what is asked of it.
pub fn spec(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match drift_toml::parse("drift.toml", &text) {
        Ok(mut spec) => {
            let catalog = catalog();
            let owned: Vec<(&str, &str, &str)> =
                catalog.objects().iter().filter_map(|o| Some((o.text("owner")?, &*o.id.schema, &*o.id.name))).collect();
            spec.owned(owned.into_iter());
            for object in catalog.objects() {
                let _ = (spec.ignores(&object.id), spec.allowed("table-missing", &object.id));
            }
            let _ = tenancy::check(catalog, Some(catalog), &spec);
        }
        Err(failure) => assert!(failure.message.contains("drift.toml"), "no place: {}", failure.message),
    }
}

/// A baseline: what is read is written as it was read, and can be taken out again.
pub fn known_findings(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let entries = match baseline::parse("b.toml", &text) {
        Ok(entries) => entries,
        Err(failure) => return assert!(failure.message.contains("b.toml"), "no place: {}", failure.message),
    };
    let ids = |entries: &[baseline::Entry]| {
        let mut ids: Vec<_> = entries.iter().map(|e| (e.id.clone(), e.on.clone(), e.why.clone())).collect();
        ids.sort();
        ids
    };
    let written = baseline::parse("b.toml", &baseline::render(&entries)).expect("what drift writes it reads");
    assert_eq!(ids(&written), ids(&entries));
    if let Some((first, rest)) = entries.split_first()
        && let Ok(left) = baseline::without(&text, &[first])
    {
        let left = baseline::parse("b.toml", &left).expect("what is left can be read");
        assert_eq!(ids(&left), ids(rest));
    }
}

/// A snapshot: a catalog that nobody has vouched for goes through everything that is done with one.
pub fn recorded(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let actual = match snapshot::read(&text, "s.json") {
        Ok(catalog) => catalog,
        Err(error) => return refused(&error),
    };
    let mut written = Vec::new();
    snapshot::write(&actual, &mut written).expect("memory takes it");
    let again = snapshot::read(std::str::from_utf8(&written).expect("it is JSON"), "s.json").expect("it is one");
    assert_eq!(Fingerprint::of(&again).whole, Fingerprint::of(&actual).whole);
    assert!(diff::diff(&again, &actual).is_empty(), "a catalog differs from itself");
    let expected = catalog();
    compare(expected, &actual);
    compare(&actual, expected);
    let script = source::script(&actual);
    let _ = split::pieces(&script, "script").map(|pieces| pieces.len());
}

fn compare(expected: &Catalog, actual: &Catalog) {
    let differences = diff::diff(expected, actual);
    let fill = |_: &_| None;
    let context = kinds::Context { expected, actual, fill: &fill, offline: true };
    let rules = tenancy::check(actual, Some(expected), tenancy_spec());
    let _ = findings::findings(&context, &differences, &rules, &[]);
    let _ = full::full(expected, actual, &differences, &fill, true);
}

/// What is compared with: the smallest catalog that has a bit of everything.
fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| snapshot::read(include_str!("seeds/snapshot/small.json"), "small").expect("a seed is whole"))
}

fn tenancy_spec() -> &'static Spec {
    static SPEC: OnceLock<Spec> = OnceLock::new();
    SPEC.get_or_init(|| drift_toml::parse("t", include_str!("seeds/drift_toml/whole.toml")).expect("a seed is whole"))
}

/// A plan, as it is and with a seal that fits what was edited: an attacker can write one too.
pub fn plan(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let sealed = resealed(&text);
    for text in std::iter::once(text).chain(sealed) {
        match file::read(&text, "p.sql") {
            Ok(plan) => {
                for step in &plan.steps {
                    let _ = (step.gist(), step.locks(), step.hazards(), step.builds(), step.fills_in_batches());
                    assert!(!step.statements.is_empty());
                }
            }
            Err(error) => refused(&error),
        }
    }
}

fn resealed(text: &str) -> Option<String> {
    let (head, end) = text.split_at(text.rfind(seal::MARK)?);
    let json: String = end.lines().skip(1).map(|line| line.strip_prefix(seal::LINE)).collect::<Option<_>>()?;
    let lines: String = end.lines().skip(1).map(|line| format!("{line}\n")).collect();
    Some(format!("{head}{}{}\n{lines}", seal::MARK, seal::digest(head, &json)))
}

/// A URL or connection string; a password is not shown.
pub fn connection(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Target::parse(&text) {
        Ok(target) => {
            let _ = (target.display(), target.is_local(), format!("{target:?}"));
        }
        Err(error) => refused(&error),
    }
}

/// `~/.pgpass`.
pub fn password_file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for (host, database) in [("h", "d"), ("/tmp", "*"), ("[::1]", "a:b\\c")] {
        let wanted = passfile::Wanted { host, port: 5432, database, user: "u" };
        assert!(passfile::password(&text, wanted).is_none_or(|found| found.len() <= text.len()));
    }
}

/// A directory of migrations: up to the first empty line the names of its files, then what is in each.
pub fn migrations(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (names, text) = text.split_once("\n\n").unwrap_or((&text, ""));
    let files = names.lines().map(|name| SqlFile { name: name.to_owned(), text: text.to_owned() });
    let (_, migrations) = folder::migrations(files.collect());
    for migration in migrations {
        let _ = migration.series();
        for tool in TOOLS {
            let _ = (tool.keys)(&migration);
            let _ = tool.checksum.as_ref().map(|checksum| (checksum.of)(&migration, &migration.text));
        }
    }
}

/// The rows of a ledger, one JSON object a line, to every tool.
pub fn ledger(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let files =
        ["1_a.sql", "V1.2__b.sql", "x/up.sql"].map(|name| SqlFile { name: name.into(), text: "SELECT 1".into() });
    let (_, migrations) = folder::migrations(files.into());
    let rows: Vec<Row> = text.lines().filter_map(|line| Row::parse(line).ok()).collect();
    for tool in TOOLS {
        let records = rows.iter().filter_map(|row| (tool.record)(row).ok().flatten()).collect();
        let _ = (tool.settle)(records, &migrations);
    }
}

/// What a server answers, from its first byte on: everything that drift reads is asked of it.
pub fn server(bytes: &[u8]) {
    let directory = tempfile::tempdir().expect("there is room for a socket");
    let listener = std::os::unix::net::UnixListener::bind(directory.path().join(".s.PGSQL.5432")).expect("a socket");
    let target = format!("host={} user=u dbname=d connect_timeout=5 password=p", directory.path().display());
    let target = Target::parse(&target).expect("it is a connection string");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    // A thread of its own: a server does not wait for its client to read.
    let answer = bytes.to_owned();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = stop.clone();
    let speaker = std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            if stopped.load(std::sync::atomic::Ordering::Relaxed) {
                return;
            }
            // The client may hang up before it has heard all.
            let _ = stream.write_all(&answer).and_then(|()| stream.shutdown(std::net::Shutdown::Write));
        }
    });
    runtime.block_on(async {
        match connect::connect(&target).await {
            Ok(session) => {
                let (client, scope) = (session.client(), Scope::default());
                match introspect::introspect(client, &scope, Reader::PgCatalog).await {
                    Ok(catalog) => drop(introspect::count_rows(client, &catalog, 1).await),
                    Err(error) => refused(&error),
                }
                let _ = (ledgers::read(client, 1).await, journal::read(client, "p").await);
                session.close().await;
            }
            Err(error) => refused(&error),
        }
    });
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let _ = std::os::unix::net::UnixStream::connect(directory.path().join(".s.PGSQL.5432"));
    speaker.join().expect("the speaker does not fail");
}
