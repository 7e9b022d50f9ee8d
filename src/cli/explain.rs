//! `drift explain CODE`: the page of a finding code.

use anyhow::Result;
use clap::Args;

use crate::cli::Outcome;
use crate::cli::output;
use crate::explain;
use crate::model::failure::failure;

#[derive(Args)]
pub struct ExplainArgs {
    /// A finding code such as `tenant-column-missing`; without one, all codes are listed
    code: Option<String>,
}

pub fn run(args: &ExplainArgs) -> Result<Outcome> {
    let text = match &args.code {
        Some(code) => explain::page(code).ok_or_else(|| unknown(code))?,
        None => explain::list(),
    };
    output::put(None, text.as_bytes())?;
    Ok(Outcome::Clean)
}

fn unknown(code: &str) -> anyhow::Error {
    let near = explain::nearest(code).join(", ");
    failure(
        format!("`{code}` is not a finding code"),
        if near.is_empty() { "`drift explain` lists all codes".to_owned() } else { format!("did you mean {near}?") },
    )
}
