//! A source is anything a schema can be read from: a database, SQL that is
//! brought to life in a scratch Postgres, or a recorded snapshot.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use anyhow::Result;
use tracing::info;

use crate::files;
use crate::files::SqlFile;
use crate::history::folder;
use crate::history::ledger;
use crate::history::ledger::Found;
use crate::model::catalog::Catalog;
use crate::model::difference::Difference;
use crate::model::failure::failure;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::ident::split_routine;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::role;
use crate::model::role::Role;
use crate::model::step::dollar_quote;
use crate::pg::connect;
use crate::pg::connect::Target;
use crate::pg::introspect;
use crate::pg::introspect::Scope;
use crate::pg::ledgers;
use crate::plan::rebuild;
use crate::scratch::Choice;
use crate::scratch::Engine;
use crate::scratch::Needs;
use crate::scratch::Scratch;
use crate::scratch::compile;
use crate::scratch::compile::Platform;
use crate::snapshot;
use crate::spec;
use crate::spec::Spec;

pub use crate::pg::introspect::Reader;

/// Where a schema comes from.
#[derive(Debug, Clone)]
pub enum Source {
    Database(Target),
    Sql(PathBuf),
    Snapshot(PathBuf),
}

/// How sources are read.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// The scratch engine asked for; `None`: embedded, and `local` where the embedded one lacks an extension.
    pub engine: Option<Engine>,
    pub reader: Reader,
    /// The schemas asked for; empty: those of the spec, else all of the user's.
    pub schemas: Vec<String>,
    pub use_cache: bool,
    pub statement_timeout_s: u64,
    /// The platform that the spec names; `None`: detected from the SQL.
    pub platform: Option<Platform>,
    /// The schemas that the spec manages.
    pub managed: Vec<String>,
    /// Count the rows of live tables too: a repair must know which are empty.
    pub count_rows: bool,
    /// Read the ledgers of migration tools too.
    pub ledgers: bool,
    /// Take the guards that would close what policies let through as declared.
    pub guard: bool,
    /// What was not compared is an error.
    pub strict_coverage: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions {
            engine: None,
            reader: Reader::PgCatalog,
            schemas: Vec::new(),
            use_cache: true,
            statement_timeout_s: 60,
            platform: None,
            managed: Vec::new(),
            count_rows: false,
            ledgers: false,
            guard: false,
            strict_coverage: false,
        }
    }
}

impl ReadOptions {
    /// The same options with what a spec says.
    pub fn with_spec(&self, spec: &Spec) -> ReadOptions {
        let platform = spec.platform.map(|platform| match platform {
            spec::Platform::Supabase => Platform::Supabase,
        });
        ReadOptions {
            platform: platform.or(self.platform),
            managed: spec.schemas.clone(),
            strict_coverage: self.strict_coverage || spec.coverage.strict,
            ..self.clone()
        }
    }

    /// The schemas to read; `None`: all of the user's.
    fn scope(&self) -> Option<Vec<String>> {
        let asked = if self.schemas.is_empty() { &self.managed } else { &self.schemas };
        (!asked.is_empty()).then(|| asked.clone())
    }
}

/// A catalog and where it came from.
#[derive(Debug)]
pub struct Loaded {
    pub catalog: Catalog,
    pub name: String,
    pub platform: Platform,
    /// The ledgers of migration tools, where they were asked for.
    pub ledgers: Vec<Found>,
    /// What a person should know about the reading.
    pub notes: Vec<String>,
}

impl Loaded {
    /// A catalog without a name and without ledgers.
    pub fn new(catalog: Catalog, platform: Platform, notes: Vec<String>) -> Loaded {
        Loaded { catalog, name: String::new(), platform, ledgers: Vec::new(), notes }
    }
}

impl Source {
    /// What a person wrote on the command line.
    ///
    /// # Errors
    /// Neither a connection string nor a file or directory that exists.
    pub fn parse(text: &str) -> Result<Source> {
        let path = Path::new(text);
        let url = text.starts_with("postgres://") || text.starts_with("postgresql://");
        if url || (!files::exists(path) && text.contains('=')) {
            return Ok(Source::Database(Target::parse(text)?));
        }
        if !files::exists(path) {
            return Err(failure(
                format!("there is no file or directory {text}, and it is not a connection string"),
                "give a Postgres URL, a libpq connection string, a .sql file, a directory of them, or a snapshot (.json)",
            ));
        }
        if path.extension().is_some_and(|e| e == "json") {
            return Ok(Source::Snapshot(path.to_owned()));
        }
        Ok(Source::Sql(path.to_owned()))
    }

    /// The source named on the command line, or that of the environment.
    ///
    /// # Errors
    /// As [`Source::parse`]; and nothing is named anywhere.
    pub fn parse_or_environment(text: Option<&str>) -> Result<Source> {
        match text {
            Some(text) => Source::parse(text),
            None => Ok(Source::Database(Target::from_environment()?)),
        }
    }

    /// The SQL of a spec directory.
    ///
    /// # Errors
    /// The directory is missing.
    pub fn declared(directory: &Path) -> Result<Source> {
        if !files::exists(directory) {
            return Err(spec::no_declared_schema(directory));
        }
        Source::parse(&directory.display().to_string())
    }

    /// The name in reports; never a password.
    pub fn name(&self) -> String {
        match self {
            Source::Database(target) => target.display(),
            Source::Sql(path) | Source::Snapshot(path) => path.display().to_string(),
        }
    }
}

/// Reads the expected and the actual side at the same time.
///
/// # Errors
/// Those of either side; the expected one is named first.
pub async fn read_both(expected: &Source, actual: &Source, options: &ReadOptions) -> Result<(Loaded, Loaded)> {
    let said = match options.platform {
        Some(platform) => Some(platform),
        None => detect(expected)?.or(detect(actual)?),
    };
    let options = ReadOptions { platform: said, ..options.clone() };
    let (expected, actual) = tokio::join!(read_raw(expected, &options), read_raw(actual, &options));
    let (mut expected, mut actual) = (expected?, actual?);
    // Both sides stand on the same platform, or what it provides on one of them would be drift.
    let supabase = [&expected, &actual].iter().any(|loaded| loaded.platform == Platform::Supabase);
    for loaded in [&mut expected, &mut actual] {
        loaded.platform = if supabase { Platform::Supabase } else { loaded.platform };
        loaded.catalog = without_platform(std::mem::take(&mut loaded.catalog), loaded.platform, &options).await?;
    }
    Ok((expected, actual))
}

fn detect(source: &Source) -> Result<Option<Platform>> {
    match source {
        Source::Sql(path) => Ok(match compile::detect_platform(&folder::sql(path)?) {
            Platform::None => None,
            Platform::Supabase => Some(Platform::Supabase),
        }),
        Source::Database(_) | Source::Snapshot(_) => Ok(None),
    }
}

/// Reads one source, less what the platform provides.
///
/// # Errors
/// No connection, SQL that fails, or an unreadable snapshot.
pub async fn read(source: &Source, options: &ReadOptions) -> Result<Loaded> {
    let mut loaded = read_raw(source, options).await?;
    loaded.catalog = without_platform(loaded.catalog, loaded.platform, options).await?;
    Ok(loaded)
}

/// Reads one source with everything that is in it.
async fn read_raw(source: &Source, options: &ReadOptions) -> Result<Loaded> {
    let mut loaded = match source {
        Source::Database(target) => read_database(target, options).await?,
        Source::Sql(path) => compiled(folder::sql(path)?, options).await?,
        Source::Snapshot(path) => {
            let catalog = snapshot::read(&files::read_text(path)?, &path.display().to_string())?;
            let platform = options.platform.unwrap_or_else(|| platform_of(&catalog));
            let unread = options.ledgers && has_ledger(&catalog);
            let note = unread.then(|| "a snapshot holds no rows: the ledgers of its database are not known".to_owned());
            Loaded::new(catalog, platform, note.into_iter().collect())
        }
    };
    loaded.name = source.name();
    Ok(loaded)
}

/// Everything in a source, the platform's own included.
///
/// # Errors
/// As [`read`].
pub async fn read_whole(source: &Source, options: &ReadOptions) -> Result<Catalog> {
    Ok(read_raw(source, options).await?.catalog)
}

/// Reads one source by itself, detecting its platform.
///
/// # Errors
/// As [`read`].
pub async fn read_all(source: &Source, options: &ReadOptions) -> Result<Loaded> {
    let mut options = options.clone();
    if options.platform.is_none() {
        options.platform = detect(source)?;
    }
    read(source, &options).await
}

async fn read_database(target: &Target, options: &ReadOptions) -> Result<Loaded> {
    let session = connect::connect(target).await?;
    let scope = Scope { schemas: options.scope(), statement_timeout_s: options.statement_timeout_s };
    let mut notes = Vec::new();
    let read = match options.ledgers {
        true => introspect::introspect_with_ledgers(session.client(), &scope, options.reader).await,
        false => introspect::introspect(session.client(), &scope, options.reader).await.map(|c| (c, Vec::new())),
    };
    let (mut catalog, ledgers) = read.with_context(|| format!("cannot read {}", target.display()))?;
    catalog.live = true;
    if options.count_rows {
        match introspect::count_rows(session.client(), &catalog, options.statement_timeout_s).await {
            Ok(rows) => catalog.rows = Some(rows),
            Err(error) => notes.push(format!("{error:#}: every table is taken to hold rows")),
        }
    }
    session.close().await;
    let platform = options.platform.unwrap_or_else(|| platform_of(&catalog));
    Ok(Loaded { ledgers, ..Loaded::new(catalog, platform, notes) })
}

/// True where a table may be a ledger.
fn has_ledger(catalog: &Catalog) -> bool {
    catalog.of_kind(ObjectKind::Table).iter().any(|table| ledger::may_be(&table.id.name))
}

/// A function `auth.uid()` beside Supabase's roles is Supabase, hosted or not.
fn platform_of(catalog: &Catalog) -> Platform {
    let has = |role: &str| role::find(&catalog.roles, role).is_some();
    let roles = ["anon", "authenticated", "service_role"].iter().all(|role| has(role));
    let uid = catalog.get(&ObjectId::new(ObjectKind::Function, "auth", "", "uid()")).is_some();
    if has("supabase_admin") || roles && uid { Platform::Supabase } else { Platform::None }
}

/// Compiles SQL: from the cache, or by running it in a scratch Postgres.
async fn compiled(files: Vec<SqlFile>, options: &ReadOptions) -> Result<Loaded> {
    let platform = options.platform.unwrap_or_else(|| compile::detect_platform(&files));
    let mut choice = Choice::new(options.engine.as_ref(), &files)?;
    loop {
        match compiled_by(&choice.engine, &files, platform, options).await {
            Ok(loaded) => return Ok(Loaded { notes: [choice.notes, loaded.notes].concat(), ..loaded }),
            Err(error) => choice.next(error)?,
        }
    }
}

/// How much of a cache key tells two apart, for people.
const KEY_SHOWN: usize = 12;

async fn compiled_by(engine: &Engine, files: &[SqlFile], platform: Platform, options: &ReadOptions) -> Result<Loaded> {
    let mut notes = Vec::new();
    let reader = match options.reader {
        Reader::PgCatalog => "",
        Reader::InformationSchema => " through information_schema",
    };
    let key = compile::cache_key(files, platform, &format!("{}{reader}", engine.identity()));
    if options.use_cache
        && let Some(text) = compile::cached(&key)
        && let Ok(catalog) = snapshot::read(&text, "the cache")
        // What is cached has no rows.
        && !(options.ledgers && has_ledger(&catalog))
    {
        info!(
            files = files.len(),
            key = &key[..KEY_SHOWN.min(key.len())],
            "SQL was compiled before, and comes from the cache"
        );
        return Ok(Loaded::new(catalog, platform, notes));
    }
    let began = Instant::now();
    let scratch = Scratch::start(engine, &Needs::of(files)).await?;
    let outcome = async {
        let catalog = compile_in(&scratch, files, platform, options.reader).await?;
        let ledgers = if options.ledgers { ledgers::read(scratch.client(), 0).await? } else { Vec::new() };
        anyhow::Ok((catalog, ledgers))
    }
    .await;
    scratch.stop().await;
    let (catalog, ledgers) = outcome?;
    let (files, cached) = (files.len(), options.use_cache);
    info!(
        files,
        key = &key[..KEY_SHOWN.min(key.len())],
        cached,
        ms = connect::ms(began),
        "compiled SQL in a scratch Postgres"
    );
    let mut bytes = Vec::new();
    snapshot::write(&catalog, &mut bytes)?;
    if let Err(error) = compile::store(&key, &bytes) {
        notes.push(format!("what was compiled from SQL could not be cached: {error:#}"));
    }
    Ok(Loaded { ledgers, ..Loaded::new(catalog, platform, notes) })
}

async fn compile_in(scratch: &Scratch, files: &[SqlFile], platform: Platform, reader: Reader) -> Result<Catalog> {
    let run = compile::load(scratch, files, platform).await?;
    let scope = Scope::default();
    let (mut catalog, origins) = introspect::introspect_with_origins(scratch.client(), &scope).await?;
    catalog.rows = Some(introspect::count_rows(scratch.client(), &catalog, 0).await?);
    let owner = scratch.user().to_owned();
    let places = compile::Places::new(&run);
    catalog.map_objects(|object| {
        if object.text("owner") == Some(&*owner) {
            // Whoever runs the SQL owns what it makes: the SQL does not say who that is.
            object.attributes = object.attributes.without("owner");
        }
        let name = split_routine(&object.id.name).0;
        object.declared_at = origins.get(&object.id).and_then(|xid| places.locate(*xid, name)).map(Box::new);
    });
    if reader == Reader::PgCatalog {
        return Ok(catalog);
    }
    // Both sides of a comparison are read alike; only where things are declared comes from here.
    let mut standard = introspect::introspect(scratch.client(), &scope, reader).await?;
    standard.rows = catalog.rows.take();
    standard.map_objects(|object| {
        object.declared_at = catalog.get(&object.id).and_then(|known| known.declared_at.clone());
    });
    Ok(standard)
}

/// A catalog less the schemas and extensions that a platform provides and
/// whatever its stand-ins made: those are not the user's.
///
/// # Errors
/// The stand-ins cannot be made in the scratch Postgres.
pub async fn without_platform(catalog: Catalog, platform: Platform, options: &ReadOptions) -> Result<Catalog> {
    if platform == Platform::None {
        return Ok(catalog);
    }
    let baseline = Box::pin(compiled(Vec::new(), &ReadOptions { platform: Some(platform), ..options.clone() })).await?;
    let schemas: BTreeSet<&str> = compile::PLATFORM_SCHEMAS.iter().copied().collect();
    // Who owns a stand-in is not who owns the real thing.
    let alike =
        |stand_in: &Object, object: &Object| stand_in.attributes.without("owner") == object.attributes.without("owner");
    let provided = |object: &Object| match object.id.kind {
        ObjectKind::Schema => schemas.contains(&*object.id.name),
        ObjectKind::Extension => compile::PLATFORM_EXTENSIONS.contains(&&*object.id.name),
        // It is there whatever stands in it.
        ObjectKind::Database => false,
        _ => {
            schemas.contains(&*object.id.schema)
                || compile::is_platforms(object)
                || baseline.catalog.get(&object.id).is_some_and(|stand_in| alike(stand_in, object))
        }
    };
    let mut catalog = catalog.retain(|object| !provided(object));
    catalog.map_objects(|object| {
        if object.id.kind == ObjectKind::Database {
            compile::without_platforms_access(object);
        }
    });
    Ok(catalog)
}

/// Drops the differences that are a platform's doing in a place of the user's.
pub fn drop_platform_defaults(differences: &mut Vec<Difference>, platform: Platform) {
    differences.retain(|difference| match difference {
        Difference::Unexpected { actual, .. } => platform == Platform::None || !compile::is_platforms_default(actual),
        Difference::Missing { .. } | Difference::Changed { .. } | Difference::Renamed { .. } => true,
    });
}

/// A catalog rebuilt from nothing in a scratch Postgres and read back.
///
/// # Errors
/// The scratch does not start, or a statement fails.
pub async fn rebuilt(catalog: &Catalog, options: &ReadOptions) -> Result<Catalog> {
    let platform = options.platform.unwrap_or(Platform::None);
    let sql = SqlFile { name: "rebuilt schema".to_owned(), text: script(catalog) };
    let loaded = compiled(vec![sql], &ReadOptions { platform: Some(platform), ..options.clone() }).await?;
    let kept: BTreeSet<&ObjectId> = catalog.objects().iter().map(|o| &o.id).collect();
    Ok(loaded.catalog.retain(|object| kept.contains(&object.id)))
}

/// SQL that makes the roles of a catalog as they are: with what each is allowed
/// beyond its grants, and with their memberships. For a server of our own, and
/// to be run before [`script`], which makes what is still missing without either.
pub fn roles_script(catalog: &Catalog) -> String {
    let roles = rebuild::roles_and_owners(catalog);
    let mut text = String::new();
    for role in &roles {
        let superuser = if role.superuser { " SUPERUSER" } else { "" };
        let bypass = if role.bypass_row_security { " BYPASSRLS" } else { "" };
        text.push_str(&create_role(role, &format!("{superuser}{bypass}")));
    }
    for role in &roles {
        for membership in &role.member_of {
            let (of, member) = (quote(&membership.role), quote(&role.name));
            // Before version 16 this is the member's attribute, and one membership speaks for all.
            let inherit = if membership.inherit { "INHERIT" } else { "NOINHERIT" };
            text.push_str(&format!("ALTER ROLE {member} {inherit};\nGRANT {of} TO {member};\n"));
        }
    }
    text
}

/// SQL that makes the roles which `expected` names and the server of `actual`
/// has, whether anything there refers to them or not.
pub fn roles_of_server(actual: &Catalog, expected: &Catalog) -> String {
    let there = |role: &&Role| role::find(&actual.roles, &role.name).is_some();
    rebuild::roles_and_owners(expected).iter().filter(there).map(|role| create_role(role, "")).collect()
}

fn create_role(role: &Role, attributes: &str) -> String {
    let name = quote(&role.name);
    let body = format!(
        "BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {}) THEN CREATE ROLE {name}{attributes}; END IF; END",
        literal(&role.name),
    );
    format!("DO {};\n", dollar_quote(&body))
}

/// SQL that makes a catalog in an empty database, the roles that it names included.
pub fn script(catalog: &Catalog) -> String {
    let mut text = String::from(
        "SET check_function_bodies = off;\nSET search_path = pg_catalog;\nSET client_min_messages = warning;\n\n",
    );
    for role in rebuild::roles_needed(catalog) {
        text.push_str(&create_role(&role, ""));
    }
    for step in rebuild::rebuild(catalog) {
        text.push('\n');
        text.push_str(&step.sql);
        text.push('\n');
    }
    text
}
