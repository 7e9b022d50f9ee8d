//! `drift audit install | uninstall`: prints the SQL, runs nothing.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use clap::Subcommand;

use crate::cli::Outcome;
use crate::cli::output;
use crate::pg::audit;

const HELP: &str = "\
The audit log records who changed which object of a schema, when, from where and with which statement:
a table drift.changes, and event triggers that fill it. `drift status` then says that of what no
migration explains. It is no part of what is compared.

Examples:
  drift audit install | psql \"$DATABASE_URL\" -v ON_ERROR_STOP=1 --single-transaction
  drift audit uninstall --output remove-audit.sql";

#[derive(Args)]
#[command(after_help = HELP)]
pub struct AuditArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Print the SQL that installs the audit log
    Install(Target),
    /// Print the SQL that takes it away, with what it recorded
    Uninstall(Target),
}

#[derive(Args)]
struct Target {
    /// Write to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(args: &AuditArgs) -> Result<Outcome> {
    let (sql, target) = match &args.what {
        What::Install(target) => (audit::INSTALL, target),
        What::Uninstall(target) => (audit::UNINSTALL, target),
    };
    output::put(target.output.as_deref(), sql.as_bytes())?;
    Ok(Outcome::Clean)
}
