//! What `drift.toml` leaves out of a check, entry by entry, for a person who asks.

use std::io;
use std::io::Write;

use crate::model::report::LeftOut;
use crate::model::report::Report;
use crate::report::text;

/// So many names are listed of one entry.
const NAMES: usize = 200;

/// Writes what each `[[ignore]]` leaves out and what each `[[allow]]` excuses.
///
/// # Errors
/// What `out` says when it cannot be written.
pub fn write(report: &Report, left_out: &[LeftOut], out: &mut dyn Write) -> io::Result<()> {
    let mut all: Vec<LeftOut> = left_out.to_vec();
    for one in &report.allowed {
        let (what, name) = (format!("[[allow]] {}", one.code), format!("{} {}", one.object.kind, one.object.dotted()));
        match all.iter_mut().find(|entry| entry.what == what && entry.at.as_ref() == Some(&one.allowed_at)) {
            Some(entry) => entry.names.push(name),
            None => {
                let until = one.until.as_ref().map(|day| format!(" (until {day})")).unwrap_or_default();
                let why = format!("{}{until}", one.why);
                all.push(LeftOut { what, why, at: Some(one.allowed_at.clone()), names: vec![name] });
            }
        }
    }
    if all.is_empty() {
        return writeln!(out, "nothing is left out: every object is compared, and every finding counts");
    }
    for LeftOut { what, why, at, names } in all {
        let place = at.map(|at| format!("{at}: ")).unwrap_or_default();
        writeln!(out, "{}: {}", text::visible(&format!("{place}{what}")), text::visible(&why))?;
        for name in names.iter().take(NAMES) {
            writeln!(out, "    {}", text::visible(name))?;
        }
        match names.len() {
            0 => writeln!(out, "    nothing")?,
            n if n > NAMES => writeln!(out, "    and {} more", text::number((n - NAMES) as u64))?,
            _ => {}
        }
    }
    Ok(())
}
