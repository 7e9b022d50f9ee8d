//! Brings SQL to life: runs it in a scratch Postgres, statement by statement,
//! and remembers which transaction each statement was, so that an object can
//! be traced to the file and line that made it.

use std::collections::HashMap;

use anyhow::Result;
use anyhow::anyhow;
use sha2::Digest;
use sha2::Sha256;
use tokio_postgres::Client;
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::SqlState;

use crate::files;
use crate::files::SqlFile;
use crate::history::words;
use crate::kinds;
use crate::model::failure::failure;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Location;
use crate::model::object::Object;
use crate::model::object::Value;
use crate::pg::connect::describe;
use crate::scratch::Scratch;
use crate::scratch::gone;
use crate::scratch::split;
use crate::scratch::split::Piece;

/// What a project's database stands on beside plain Postgres.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    None,
    Supabase,
}

/// Schemas that a platform owns.
pub const PLATFORM_SCHEMAS: &[&str] = &[
    "_analytics",
    "_realtime",
    "auth",
    "cron",
    "extensions",
    "graphql",
    "graphql_public",
    "net",
    "pgbouncer",
    "pgmq",
    "pgsodium",
    "pgsodium_masks",
    "pgtle",
    "realtime",
    "storage",
    "supabase_functions",
    "supabase_migrations",
    "vault",
];

/// Extensions that a platform installs by itself.
pub const PLATFORM_EXTENSIONS: &[&str] =
    &["pg_graphql", "pg_net", "pg_stat_statements", "pgjwt", "pgsodium", "supabase_vault", "wrappers"];

/// Publications that a platform keeps for itself.
const PLATFORM_PUBLICATIONS: &[&str] = &["supabase_realtime_messages_publication"];

/// Roles that a platform made for itself; what is granted to its backend alone
/// is granted to nobody who has to be held back.
const PLATFORM_BACKENDS: &[&str] = &["dashboard_user", "its owner", "postgres", "service_role"];

/// True for what a platform puts into a database beside its schemas, where it
/// can be told from what the user put there.
pub fn is_platforms(object: &Object) -> bool {
    let text = |name| object.text(name).unwrap_or_default();
    let is = |kind| object.id.kind == kind;
    let its_role = text("role").starts_with("supabase_");
    let its_schema = |name| PLATFORM_SCHEMAS.contains(&text(name).split('.').next().unwrap_or_default());
    is(ObjectKind::EventTrigger) && (its_schema("function") || text("owner").starts_with("supabase_"))
        || is(ObjectKind::Publication) && PLATFORM_PUBLICATIONS.contains(&&*object.id.name)
        || is(ObjectKind::Setting) && (its_role || text("parameter").starts_with("app.settings."))
}

/// The database less what a platform grants on it to roles of its own.
pub fn without_platforms_access(object: &mut Object) {
    let of_platform = |given: &std::sync::Arc<str>| {
        let role = given.rsplit_once('=').map_or("", |(role, _)| role);
        role.starts_with("supabase_") || PLATFORM_BACKENDS.contains(&role)
    };
    let kept: Vec<_> = object.list("access").iter().filter(|given| !of_platform(given)).cloned().collect();
    object.attributes = object.attributes.with("access", Value::List(kept.into()));
}

/// True for default privileges that a platform sets up for itself. They are not
/// the user's, but they count: what a patch creates is granted by them.
pub fn is_platforms_default(object: &Object) -> bool {
    let text = |name| object.text(name).unwrap_or_default();
    object.id.kind == ObjectKind::DefaultPrivilege
        && (text("role").starts_with("supabase_") || PLATFORM_BACKENDS.contains(&text("grantee")))
}

const SUPABASE: &str = include_str!("platform/supabase.sql");

/// Raised when what is cached would come out otherwise for another reason than its queries.
const CACHE_FORMAT: u32 = 4;

/// A statement that ran.
#[derive(Debug, Clone)]
pub struct Statement {
    pub file: String,
    /// Line (1-based) on which it starts.
    pub line: u32,
    pub sql: String,
    /// Its transaction, where it changed anything.
    pub xid: Option<u32>,
}

/// All statements of a run, in order.
#[derive(Debug, Default)]
pub struct Run {
    pub statements: Vec<Statement>,
}

/// A statement that failed.
#[derive(Debug, Clone)]
pub struct StatementFailure {
    pub file: String,
    pub line: u32,
    /// Its first line.
    pub statement: String,
    /// The server's words, with the SQLSTATE.
    pub message: String,
    /// The SQLSTATE alone; empty where the server said nothing.
    pub code: String,
}

/// The platform that a project's SQL talks about; what comments say does not count.
pub fn detect_platform(files: &[SqlFile]) -> Platform {
    if files.iter().any(|file| speaks_supabase(&file.text)) { Platform::Supabase } else { Platform::None }
}

fn speaks_supabase(text: &str) -> bool {
    // Taking the words apart is slow: a text without any of these says nothing of it.
    let lower = text.to_ascii_lowercase();
    if !["auth", "anon", "service_role"].iter().any(|word| lower.contains(word)) {
        return false;
    }
    let bare = |word: String| word.trim_matches('"').to_lowercase();
    let words: Vec<String> = words::words_with_bodies(text).into_iter().map(bare).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // A list of roles goes on over commas: TO postgres, authenticated.
    let mut in_roles = false;
    let mut previous = "";
    for (at, word) in words.iter().enumerate() {
        match words[at..] {
            ["auth", ".", "users", ..] | ["auth", ".", "uid" | "jwt" | "role", "(", ..] => return true,
            ["anon" | "authenticated" | "service_role", ..] if in_roles && matches!(previous, "to" | ",") => {
                return true;
            }
            _ => in_roles = *word == "to" || in_roles && (*word == "," || matches!(previous, "to" | ",")),
        }
        previous = word;
    }
    false
}

/// Runs files in their order, after the platform's stand-ins. The session is as new
/// afterwards: what a file sets is for its own statements and those that follow them.
///
/// # Errors
/// A statement fails: file, line, statement and the server's words. A file leaves a transaction open.
pub async fn load(scratch: &Scratch, files: &[SqlFile], platform: Platform) -> Result<Run> {
    stand_ins(scratch, platform).await?;
    let mut run = Run::default();
    for file in files {
        let pieces = split::pieces(&file.text, &file.name)?;
        for piece in &pieces {
            match execute(scratch, file, piece).await {
                Ok(statement) => run.statements.push(statement),
                Err(failed) => {
                    rollback(scratch.client()).await;
                    return Err(failure(
                        format!("{}:{}: {}: {}", failed.file, failed.line, failed.statement, failed.message),
                        "correct the statement; everything before it ran in the scratch Postgres",
                    ));
                }
            }
        }
        if let Some(open) = left_open(scratch.client(), file, &pieces).await {
            return Err(failure(
                format!("{}:{}: {}: {}", open.file, open.line, open.statement, open.message),
                "end it with COMMIT, or take the BEGIN out",
            ));
        }
    }
    fresh_session(scratch).await?;
    Ok(run)
}

/// As [`load`], of SQL that was made from a catalog of a server with that `server_version_num`.
///
/// # Errors
/// As [`load`]; an older scratch is named as a cause.
pub async fn load_made(scratch: &Scratch, files: &[SqlFile], platform: Platform, made_from: u32) -> Result<Run> {
    let failed = match load(scratch, files, platform).await {
        Ok(run) => return Ok(run),
        Err(failed) => failed,
    };
    let row = scratch.client().query_one("SELECT pg_catalog.current_setting('server_version_num')::int4", &[]).await;
    let Ok(version) = row.and_then(|row| row.try_get::<_, i32>(0)) else { return Err(failed) };
    let (here, there) = (version.unsigned_abs() / 10_000, made_from / 10_000);
    if here >= there {
        return Err(failed);
    }
    Err(failure(
        format!("{failed:#}"),
        format!(
            "it is the schema of a PostgreSQL {there}, and the scratch is a {here}: use --scratch local where its binaries are \
             installed, or --scratch with the URL of a PostgreSQL {there} of your own"
        ),
    ))
}

/// The transaction that a file has begun and not ended, taken back: nobody knows what it was to be.
async fn left_open(client: &Client, file: &SqlFile, pieces: &[Piece]) -> Option<StatementFailure> {
    // Outside of a transaction there are no savepoints.
    let outside = |error: tokio_postgres::Error| error.code() == Some(&SqlState::NO_ACTIVE_SQL_TRANSACTION);
    if client.is_closed() || client.batch_execute("SAVEPOINT drift_is_open").await.is_err_and(outside) {
        return None;
    }
    rollback(client).await;
    let begins = |piece: &&Piece| words::begins_transaction(&words::words(&piece.sql));
    let piece = pieces.iter().rev().find(begins).or(pieces.last())?;
    Some(StatementFailure {
        file: file.name.clone(),
        line: piece.line,
        statement: piece.first_line(),
        message: "the transaction is still open where the file ends".to_owned(),
        code: String::new(),
    })
}

/// Runs files in their order, going on after errors as `psql` does, and says
/// everything that failed.
///
/// # Errors
/// The connection breaks, or a file cannot be split into statements.
pub async fn load_collecting(
    scratch: &Scratch,
    files: &[SqlFile],
    platform: Platform,
) -> Result<Vec<StatementFailure>> {
    stand_ins(scratch, platform).await?;
    let mut failures = Vec::new();
    for file in files {
        let pieces = split::pieces(&file.text, &file.name)?;
        for piece in &pieces {
            if let Err(failed) = execute(scratch, file, piece).await {
                if scratch.client().is_closed() {
                    return Err(gone(&failed.message));
                }
                failures.push(failed);
            }
        }
        failures.extend(left_open(scratch.client(), file, &pieces).await);
    }
    fresh_session(scratch).await?;
    Ok(failures)
}

/// Runs statements in one transaction, taken back if one fails.
///
/// # Errors
/// The server's words about the statement that failed.
pub async fn try_batch(scratch: &Scratch, statements: &[String]) -> Result<()> {
    let client = scratch.client();
    let run = async {
        client.batch_execute("BEGIN").await?;
        for statement in statements {
            client.batch_execute(&scratch.reworded(statement)).await?;
        }
        client.batch_execute("COMMIT").await
    };
    if let Err(error) = run.await {
        rollback(client).await;
        return Err(anyhow!(describe(&error)));
    }
    Ok(())
}

/// Ends what a file has begun and set: each is run in a session of its own.
///
/// # Errors
/// The connection breaks.
pub(super) async fn fresh_session(scratch: &Scratch) -> Result<()> {
    // A server of one session, as the embedded one is, has nothing that RESET SESSION AUTHORIZATION goes back to.
    let own = format!("SET SESSION AUTHORIZATION {}", quote(scratch.user()));
    for part in ["ROLLBACK", "RESET SESSION AUTHORIZATION", &own, "RESET ROLE", "RESET ALL"] {
        scratch.client().batch_execute(part).await.map_err(|e| anyhow!(describe(&e)))?;
    }
    Ok(())
}

pub(super) async fn rollback(client: &Client) {
    // The error that led here is the one to tell.
    let _first_error_wins = client.batch_execute("ROLLBACK").await;
}

pub(super) async fn stand_ins(scratch: &Scratch, platform: Platform) -> Result<()> {
    let sql = match platform {
        Platform::None => return Ok(()),
        Platform::Supabase => SUPABASE,
    };
    scratch
        .client()
        .batch_execute(sql)
        .await
        .map_err(|e| anyhow!("the stand-ins for the platform cannot be made in the scratch Postgres: {}", describe(&e)))
}

/// Runs one statement. Outside of the file's own transactions it gets one to
/// itself, so that its transaction names it.
pub(super) async fn execute(
    scratch: &Scratch,
    file: &SqlFile,
    piece: &Piece,
) -> std::result::Result<Statement, StatementFailure> {
    let fail = |error: tokio_postgres::Error| StatementFailure {
        file: file.name.clone(),
        line: piece.line + error_line(&error, &piece.sql),
        statement: piece.first_line(),
        message: describe(&error),
        code: error.code().map_or_else(String::new, |code| code.code().to_owned()),
    };
    let client = scratch.client();
    let sql = scratch.reworded(&piece.sql);
    let xid = if let Some(data) = &piece.copy_data {
        copy(client, &piece.sql, data).await.map_err(fail)?;
        None
    } else if piece.runs_alone() {
        client.batch_execute(&piece.sql).await.map_err(fail)?;
        None
    } else {
        // An implicit transaction of a simple query spans all its statements; inside of the
        // file's own BEGIN … COMMIT the same text asks for that transaction's number.
        let ask = "SELECT pg_catalog.pg_current_xact_id_if_assigned()::text";
        let sql = format!("{}\n;{ask}", sql.trim_end().trim_end_matches(';'));
        let messages = client.simple_query(&sql).await.map_err(fail)?;
        messages.iter().rev().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).and_then(|text| text.parse::<u64>().ok())),
            _ => None,
        })
    };
    let xid = xid.flatten().map(|full: u64| full as u32);
    Ok(Statement { file: file.name.clone(), line: piece.line, sql: piece.sql.clone(), xid })
}

async fn copy(client: &Client, sql: &str, data: &str) -> std::result::Result<(), tokio_postgres::Error> {
    use futures_util::SinkExt;
    let sink = client.copy_in(sql.trim_end().trim_end_matches(';')).await?;
    let mut sink = std::pin::pin!(sink);
    sink.send(bytes::Bytes::copy_from_slice(data.as_bytes())).await?;
    sink.finish().await?;
    Ok(())
}

/// How many lines below the statement's first the server points.
fn error_line(error: &tokio_postgres::Error, sql: &str) -> u32 {
    let position = match error.as_db_error().and_then(|e| e.position()) {
        Some(tokio_postgres::error::ErrorPosition::Original(position)) => *position as usize,
        Some(tokio_postgres::error::ErrorPosition::Internal { .. }) | None => return 0,
    };
    sql.chars().take(position.saturating_sub(1)).filter(|c| *c == '\n').count() as u32
}

/// The statements of a run by transaction, to find where an object was made.
pub struct Places<'a>(HashMap<u32, &'a Statement>);

impl<'a> Places<'a> {
    pub fn new(run: &'a Run) -> Self {
        let mut places = HashMap::new();
        for statement in &run.statements {
            if let Some(xid) = statement.xid {
                places.entry(xid).or_insert(statement);
            }
        }
        Places(places)
    }

    /// The file and line that made an object: the statement by its
    /// transaction, and in it the line that names the object first.
    pub fn locate(&self, xid: u32, name: &str) -> Option<Location> {
        let statement = self.0.get(&xid)?;
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let name = name.to_lowercase();
        let offset = statement.sql.lines().position(|line| {
            let line = line.split("--").next().unwrap_or_default().to_lowercase();
            line.match_indices(&name)
                .any(|(at, found)| !line[..at].ends_with(is_part) && !line[at + found.len()..].starts_with(is_part))
        });
        Some(Location { file: statement.file.clone(), line: statement.line + offset.unwrap_or(0) as u32 })
    }
}

/// What identifies the outcome of compiling: the SQL, the platform, the
/// engine and this program.
pub fn cache_key(files: &[SqlFile], platform: Platform, engine: &str) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    add(&format!("{CACHE_FORMAT} {} {platform:?} {engine}", env!("CARGO_PKG_VERSION")));
    add(SUPABASE);
    // What is read decides what is kept: another query is another answer.
    for kind in ObjectKind::ALL {
        add(kinds::query(*kind));
    }
    for file in files {
        add(&file.name);
        add(&file.text);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What an earlier run compiled; whatever cannot be read is simply not there.
pub fn cached(key: &str) -> Option<String> {
    files::read_optional(&files::cache_directory()?.join(format!("{key}.json")))
}

/// Keeps what was compiled.
///
/// # Errors
/// The cache directory cannot be written.
pub fn store(key: &str, bytes: &[u8]) -> Result<()> {
    match files::cache_directory() {
        Some(directory) => files::write_atomically(&directory.join(format!("{key}.json")), bytes),
        None => Ok(()),
    }
}
