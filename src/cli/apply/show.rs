//! Where what happens while a plan is applied is written: lines, JSON lines,
//! and on a terminal a bar for what takes its time.

use std::io::IsTerminal;
use std::io::Write;
use std::sync::Mutex;
use std::sync::PoisonError;

use indicatif::ProgressBar;
use indicatif::ProgressStyle;

use super::words;
use crate::jobs::apply::Event;

/// The bar, what is measured, and what is said of the rest.
const BAR: &str = "    [{bar:30}] {pos}/{len} {msg}";

/// The same where nobody knows how much there is.
const COUNT: &str = "    {pos} {msg}";

/// Writes events, one after another.
pub struct Show {
    json: bool,
    quiet: bool,
    /// True where a person looks at a terminal.
    bars: bool,
    /// The title of the last step.
    title: Mutex<String>,
    bar: Mutex<Option<ProgressBar>>,
}

impl Show {
    pub fn new(json: bool, quiet: bool) -> Show {
        let terminal = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        Show { json, quiet, bars: terminal && !json && !quiet, title: Mutex::default(), bar: Mutex::default() }
    }

    /// Writes one.
    pub fn event(&self, event: &Event) {
        let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        if let (true, Event::Progress { what, done, total, seconds_left, .. }) = (self.bars, event) {
            let left = seconds_left.map_or_else(String::new, |seconds| format!(", about {seconds} s left"));
            let bar = bar.get_or_insert_with(|| new_bar(total.is_some()));
            bar.set_length(total.unwrap_or(*done));
            bar.set_position(*done);
            bar.set_message(crate::cli::shown(&format!("{what}{left}")));
            return;
        }
        // A step that ends, or begins, is past what its bar showed.
        if matches!(event, Event::Done { .. } | Event::Started { .. } | Event::Stopped { .. } | Event::Retry { .. })
            && let Some(bar) = bar.take()
        {
            bar.finish_and_clear();
        }
        let text = match self.json {
            true => match serde_json::to_string(event) {
                Ok(line) => line,
                Err(error) => return eprintln!("error: an event cannot be written as JSON: {error}"),
            },
            false => match words::text(event, self.quiet, &self.title) {
                Some(text) => crate::cli::shown(&text),
                None => return,
            },
        };
        match bar.as_ref() {
            Some(bar) => bar.suspend(|| write(&text)),
            None => write(&text),
        }
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

fn new_bar(has_end: bool) -> ProgressBar {
    let template = if has_end { BAR } else { COUNT };
    let style = ProgressStyle::with_template(template).expect("the template is one").progress_chars("=> ");
    ProgressBar::new(0).with_style(style)
}

/// A reader that went away does not stop a plan half-way.
fn write(text: &str) {
    let mut out = std::io::stdout().lock();
    let _nobody_reads = writeln!(out, "{text}").and_then(|()| out.flush());
}
