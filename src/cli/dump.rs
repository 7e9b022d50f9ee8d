//! `drift dump [SOURCE]`: the whole schema as SQL.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::cli::Outcome;
use crate::cli::SourceArgs;
use crate::cli::output;
use crate::jobs::dump;
use crate::jobs::source::Source;
use crate::model::failure::failure;

const EXAMPLES: &str = "\
What is not in the dump is listed in its head: kinds of objects that drift does not read, what the role could not see.

Examples:
  drift dump postgres://app@db/shop > schema.sql
  drift dump --split --output expected-schema postgres://app@db/shop
  drift dump --no-owner --no-privileges --schema public snapshot.json";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct DumpArgs {
    /// Database, SQL or snapshot (default: $DATABASE_URL or the PG* variables)
    source: Option<String>,
    /// Write to a file instead of stdout; with --split, the new directory to write
    #[arg(long, value_name = "FILE|DIR|-")]
    output: Option<PathBuf>,
    /// Write a directory with a file for each table, numbered in the order in which they run
    #[arg(long, requires = "output")]
    split: bool,
    /// Leave out who owns what
    #[arg(long)]
    no_owner: bool,
    /// Leave out grants and default privileges
    #[arg(long)]
    no_privileges: bool,
    /// Leave out in which tablespace tables and indexes are kept
    #[arg(long)]
    no_tablespaces: bool,
    /// Begin with the roles that it names, made where the server lacks them
    #[arg(long)]
    roles: bool,
    #[command(flatten)]
    reading: SourceArgs,
}

pub async fn run(args: DumpArgs) -> Result<Outcome> {
    let source = Source::parse_or_environment(args.source.as_deref())?;
    let options = dump::Options {
        owners: !args.no_owner,
        privileges: !args.no_privileges,
        tablespaces: !args.no_tablespaces,
        roles: args.roles,
        split: args.split,
    };
    if args.split && args.output.as_deref().is_some_and(|path| path.as_os_str() == "-") {
        return Err(failure(
            "a directory cannot be written to stdout",
            "name one with --output DIR, or leave out --split",
        ));
    }
    let dumped = dump::dump(&source, options, &args.reading.options()?).await?;
    args.reading.notes(&dumped.notes);
    match (&args.output, dumped.files.as_slice()) {
        (Some(directory), files) if args.split => {
            dump::put(files, directory)?;
            if !args.reading.quiet {
                eprintln!("wrote {} files to {}", files.len(), directory.display());
            }
        }
        (output, files) => {
            for file in files {
                output::put(output.as_deref(), file.text.as_bytes())?;
            }
        }
    }
    Ok(Outcome::Clean)
}
