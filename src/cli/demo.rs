//! `drift demo [DIR]`: a small example to look at, without any database.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::cli::Outcome;
use crate::files;
use crate::model::failure::failure;
use crate::model::ident::shell_word;

const EXAMPLES: &str = "\
A shop with tenants: how it is declared (expected-schema/), and a database that somebody left half-way (live.sql).

Examples:
  drift demo
  cd drift-demo
  drift check live.sql
  drift fix --additive --guard live.sql
  drift prove live.sql";

/// What the example is made of.
const FILES: &[(&str, &str)] = &[
    ("expected-schema/shop.sql", include_str!("demo/expected.sql")),
    ("expected-schema/drift.toml", include_str!("demo/drift.toml")),
    ("live.sql", include_str!("demo/live.sql")),
];

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct DemoArgs {
    /// The directory to write; it must not exist or be empty
    #[arg(default_value = "drift-demo")]
    directory: PathBuf,
}

/// Writes the example and says what to do with it.
pub fn run(args: &DemoArgs) -> Result<Outcome> {
    let directory = &args.directory;
    if files::exists(directory) && !files::is_empty_directory(directory)? {
        return Err(failure(
            format!("{} exists and is not empty", directory.display()),
            "name another directory: `drift demo DIR`",
        ));
    }
    files::create_directory(&directory.join("expected-schema"))?;
    for (name, text) in FILES {
        files::write_atomically(&directory.join(name), text.as_bytes())?;
    }
    let name = directory.display();
    eprintln!("wrote {name}: a declared schema (expected-schema/), and a database that differs (live.sql)");
    eprintln!("next: cd {}", shell_word(&name.to_string()));
    eprintln!("      drift check live.sql                   what differs, and who sees what they must not");
    eprintln!("      drift fix --additive --guard live.sql  the repair, proved on a clone");
    eprintln!("      drift prove live.sql                   break in between two made-up tenants");
    Ok(Outcome::Clean)
}
