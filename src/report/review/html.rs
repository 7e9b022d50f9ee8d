//! The review as one HTML file: no script, no network, light and dark, and a
//! page that prints. The template escapes whatever it is given; names are
//! made visible first, so that none turns the direction of a line.

mod drawing;
mod findings;
mod migrations;
mod options;
mod tables;

use std::io;
use std::io::Write;

use maud::DOCTYPE;
use maud::Markup;
use maud::PreEscaped;
use maud::html;

use crate::report::review::facts::Decision;
use crate::report::review::facts::Review;
use crate::report::text;

const STYLE: &str = include_str!("style.css");

/// What a page may load: nothing. Its own style is all that it has.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Writes the whole page.
pub fn write(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(page(review).into_string().as_bytes())
}

fn page(review: &Review) -> Markup {
    let title = format!("Review of {}", text::visible(&review.check.actual.name));
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header(review))
                main {
                    (situation(review))
                    (tables::section(review))
                    @if let Some(status) = &review.migrations { (migrations::section(status)) }
                    (findings::section(&review.check))
                    (tables::isolation(review))
                    (options::section(review))
                    (recommendation(review))
                    @if !review.notes.is_empty() {
                        section id="notes" {
                            h2 { "Also to know" }
                            ul { @for note in &review.notes { li { (prose(note)) } } }
                        }
                    }
                }
            }
        }
    }
}

fn header(review: &Review) -> Markup {
    let check = &review.check;
    let version = match check.actual.server_version {
        0 => String::new(),
        number => format!(", PostgreSQL {}.{}", number / 10_000, number % 10_000),
    };
    html! {
        header {
            p.kicker { "drift report" }
            h1 { "Review of " (name(&check.actual.name)) }
            p.muted { "against " (name(&check.expected.name)) (version) }
            nav aria-label="Sections" {
                a href="#tables" { "Tables" }
                @if review.migrations.is_some() { a href="#migrations" { "Migrations" } }
                a href="#findings" { "Findings" }
                a href="#isolation" { "Isolation" }
                a href="#options" { "Options" }
                a href="#recommendation" { "Recommendation" }
            }
        }
    }
}

fn situation(review: &Review) -> Markup {
    let (last, first) = match review.situation.split_last() {
        Some((last, first)) => (last.as_str(), first),
        None => ("", &[][..]),
    };
    html! {
        section #situation {
            h2 { "The situation" }
            @for sentence in first { p.lead { (prose(sentence)) } }
            p.lead.verdict { (prose(last)) " " a href="#recommendation" { "Why" } }
        }
    }
}

fn recommendation(review: &Review) -> Markup {
    let advice = &review.recommendation;
    html! {
        section #recommendation {
            h2 { "Recommendation" }
            p.lead.verdict { (prose(&advice.headline)) }
            ul { @for reason in &advice.reasons { li { (prose(reason)) } } }
            @if !advice.decisions.is_empty() {
                h3 { "To decide" }
                (decisions(&advice.decisions))
            }
            p.muted { "By the rule " code { (advice.rule.word()) } " of docs/report.md." }
        }
    }
}

/// Questions, and where the answers are written.
fn decisions<'a>(decisions: impl IntoIterator<Item = &'a Decision>) -> Markup {
    html! {
        ol.decisions {
            @for decision in decisions {
                li { p { (prose(&decision.question)) } p.muted { (prose(&decision.how)) } }
            }
        }
    }
}

/// A name, in letters of one width, which may break anywhere.
fn name(text: &str) -> Markup {
    html! { code { (text::visible(text)) } }
}

/// A sentence of ours, which may mark commands with backticks, around names
/// that are not ours.
fn prose(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return html! { (text::visible(text)) };
    }
    html! {
        @for (i, part) in parts.iter().enumerate() {
            @if i % 2 == 1 { code { (text::visible(part)) } } @else { (text::visible(part)) }
        }
    }
}
