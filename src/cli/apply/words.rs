//! What happens while a plan is applied, as a person reads it.

use std::sync::Mutex;
use std::sync::PoisonError;

use crate::jobs::apply::Event;
use crate::jobs::apply::Taken;
use crate::model::step::Hazard;

/// The line of an event; `None` where there is nothing to say. `last` is the title of the last step.
pub fn text(event: &Event, quiet: bool, last: &Mutex<String>) -> Option<String> {
    Some(match event {
        Event::Plan { .. } | Event::Started { .. } | Event::Done { .. } | Event::Note { .. } if quiet => return None,
        Event::Progress { .. } if quiet => return None,
        Event::Plan { file, plan, way, undo, steps, done, database } => {
            let gone_on = if (1..*steps).contains(done) {
                format!("; {done} of them are done, and it goes on from there")
            } else {
                String::new()
            };
            let what = if *undo { "undo of " } else { "" };
            format!("{file}: {what}{way} plan {}, {} for {database}{gone_on}", &plan[..12], count(*steps, "step"))
        }
        Event::Planned { step, of, title, done, alone, locks, hazards, statements } => {
            planned(&format!("{step}/{of} {title}"), *done, *alone, locks, hazards, statements)
        }
        Event::Started { step, of, title, what } => {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            let head = if *last == *title { String::new() } else { format!("{title}\n") };
            last.clone_from(title);
            format!("{head}  {step:>w$}/{of} {what}", w = of.to_string().len())
        }
        Event::Held { relation, lock, by, .. } => {
            format!("    in the way of {} on {relation}: {}", bare(lock.describe()), by.join("; "))
        }
        Event::Waiting { by, .. } => format!("    waits for {}", by.join("; ")),
        Event::Retry { attempt, of, wait_ms, why, .. } => {
            format!(
                "    attempt {attempt} of {of}: {why}; nothing has happened, again in {:.1} s",
                *wait_ms as f64 / 1000.0
            )
        }
        Event::Progress { what, done, total, seconds_left, .. } => {
            let total = total.map_or_else(String::new, |total| format!(" of {total}"));
            let left = seconds_left.map_or_else(String::new, |seconds| format!(", about {seconds} s left"));
            format!("    {what}: {done}{total}{left}")
        }
        Event::Lagging { replicas, .. } => format!("    waits for replicas: {}", replicas.join(", ")),
        Event::CaughtUp { .. } => "    the replicas have caught up, and it goes on".to_owned(),
        Event::Undone { wrote: false, .. } => "undone: the schema is as it was before the plan".to_owned(),
        Event::Undone { wrote: true, .. } => {
            "undone: the schema is as it was before the plan; what it wrote into tables and columns that were there before stays".to_owned()
        }
        Event::CleanedUp { what, .. } => format!("    took away what an interrupted build had left of {what}"),
        // What took no time is not worth a line.
        Event::Done { ms, .. } if *ms < 1000 => return None,
        Event::Done { ms, .. } => format!("    done in {:.1} s", *ms as f64 / 1000.0),
        Event::Stopping => "stops after this step; press Ctrl-C again to cancel it".to_owned(),
        Event::Note { text } => format!("note: {text}"),
        Event::Kept { left, .. } if left.is_empty() => "applied: the database is as declared".to_owned(),
        Event::Kept { left, .. } => {
            format!("applied: nothing differs but what the plan leaves:{}", list(left))
        }
        Event::PartDone { part, of, .. } => format!("applied: part {part} of {of}; part {} is next", part + 1),
        Event::Broken { differs, .. } => {
            format!(
                "applied, but not all is as the plan promised; this differs:{}\nrun `drift check` to see how",
                list(differs)
            )
        }
        Event::Stopped { done, of, .. } => {
            format!("stopped: {done} of {of} steps are done; run the same command again to go on from there")
        }
    })
}

fn planned(head: &str, done: bool, alone: bool, locks: &[Taken], hazards: &[Hazard], statements: &[String]) -> String {
    let mut text = head.to_owned();
    if done {
        return text + ": done";
    }
    text.push_str(if alone { ", not in a transaction" } else { "" });
    for lock in locks {
        let rows = lock.rows.map_or_else(String::new, |rows| format!(", about {}", count(rows as usize, "row")));
        text.push_str(&format!("\n    locks {}: {}{rows}", lock.relation, lock.lock.describe()));
    }
    for hazard in hazards {
        text.push_str(&format!("\n    {}", hazard.describe()));
    }
    for statement in statements {
        text.push_str(&format!("\n      {}", statement.replace('\n', "\n      ")));
    }
    text
}

/// A lock's name without whom it blocks.
fn bare(lock: &str) -> &str {
    lock.split(" (").next().unwrap_or(lock)
}

fn list(items: &[String]) -> String {
    items.iter().map(|item| format!("\n  {item}")).collect()
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
