//! `drift completions SHELL` and `drift man DIR`: what a package installs beside the program.

use std::path::PathBuf;

use anyhow::Context;
use anyhow::Result;
use clap::Args;
use clap::Command;
use clap_complete::Shell;

use crate::cli::Outcome;
use crate::cli::output;
use crate::files;

#[derive(Args)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

#[derive(Args)]
pub struct ManArgs {
    /// The directory to write to: drift.1, and a page for each command
    directory: PathBuf,
}

/// Prints the completions of a shell.
pub fn completions(args: &CompletionsArgs, mut command: Command) -> Result<Outcome> {
    let mut bytes = Vec::new();
    clap_complete::generate(args.shell, &mut command, "drift", &mut bytes);
    output::put(None, &bytes)?;
    Ok(Outcome::Clean)
}

/// Writes the man pages.
pub fn man(args: &ManArgs, command: Command) -> Result<Outcome> {
    files::create_directory(&args.directory)?;
    clap_mangen::generate_to(command, &args.directory)
        .with_context(|| format!("cannot write man pages to {}", args.directory.display()))?;
    Ok(Outcome::Clean)
}
