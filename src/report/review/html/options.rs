//! The options side by side, and each with its costs, its decisions and its
//! commands.

use maud::Markup;
use maud::html;

use super::decisions;
use super::name;
use super::prose;
use crate::report::review::facts::Choice;
use crate::report::review::facts::Planned;
use crate::report::review::facts::Review;
use crate::report::review::outline;
use crate::report::text;

pub fn section(review: &Review) -> Markup {
    let (advice, titles) = (&review.recommendation, review.options.iter().map(|choice| choice.way));
    html! {
        section #options {
            h2 { "The options side by side" }
            table.options {
                thead {
                    tr {
                        td {}
                        @for way in titles {
                            th class=[(advice.take == Some(way)).then_some("taken")] {
                                (way.title())
                                @if advice.take == Some(way) { " " span.badge.present { "recommended" } }
                                @if advice.then == Some(way) { " " span.badge.altered { "after decisions" } }
                            }
                        }
                    }
                }
                tbody { @for line in outline::side_by_side(review) {
                    tr {
                        th scope="row" { (line.what) }
                        @for (choice, text) in review.options.iter().zip(&line.cells) {
                            td data-way=(choice.way.title()) { (prose(text)) }
                        }
                    }
                } }
            }
            @for choice in &review.options { (option(review, choice)) }
            h3 { "How durations are estimated" }
            p.muted { @for line in review.rates.says() { (line) " " } }
        }
    }
}

fn option(review: &Review, choice: &Choice) -> Markup {
    let (same, own) = outline::own_decisions(review, choice);
    html! {
        article id={ "option-" (outline::way_id(choice.way)) } {
            h3 { (choice.way.title()) }
            p { "It " (choice.way.does()) "." }
            (planned(choice))
            (list("Shown", &choice.shown))
            (list("Is lost", &choice.losses))
            @if !choice.decisions.is_empty() {
                h4 { "Needs a decision" }
                @if let Some(way) = same {
                    p { "Those of the " a href={ "#option-" (outline::way_id(way)) } { (way.title().to_lowercase()) } "." }
                }
                @if !own.is_empty() { (decisions(own)) }
            }
            @let left = outline::left(&choice.left);
            @if !left.is_empty() {
                h4 { "Stays different" }
                ul { @for (names, reason) in &left {
                    li { (prose(&text::list_cut(names, 6))) ": " (prose(reason)) }
                } }
            }
            (costs(choice))
            @if !choice.commands.is_empty() {
                h4 { "To take it" }
                ol.commands { @for command in &choice.commands {
                    li { (prose(&command.does)) pre { code { (text::visible_line(&command.run)) } } }
                } }
            }
        }
    }
}

fn planned(choice: &Choice) -> Markup {
    html! {
        @match &choice.planned {
            Planned::Proved => {}
            Planned::Nothing => p { "There is nothing that it could do." },
            Planned::Refused { reason, help } => {
                p { b { "It cannot be planned: " } (prose(reason)) }
                @if !help.is_empty() { p.muted { "What to do: " (prose(help)) } }
            }
            Planned::Fails { failures } => (list("It does not lead to the declared schema", failures)),
        }
    }
}

fn list(heading: &str, lines: &[String]) -> Markup {
    html! {
        @if !lines.is_empty() {
            h4 { (heading) }
            ul { @for line in lines { li { (prose(line)) } } }
        }
    }
}

fn costs(choice: &Choice) -> Markup {
    let (costs, rest) = outline::costs(choice);
    html! {
        @if !costs.is_empty() {
            h4 { "Table by table" }
            div.scroll tabindex="0" role="group" aria-label="Costs by table" {
                table.costs {
                    thead { tr { th { "relation" } th.n { "statements" } th { "strongest lock" } th.n { (outline::takes(choice.way)) } } }
                    tbody { @for cost in costs {
                        tr {
                            td { @match &cost.table { Some(table) => (name(table)), None => "all else" } }
                            td.n { @if cost.statements > 0 { (text::number(cost.statements)) } @else { "–" } }
                            td { (outline::lock(cost.lock)) }
                            td.n { (outline::time(choice, cost.milliseconds)) }
                        }
                    } }
                }
            }
            @if let Some(rest) = rest { p.muted { (rest) } }
        }
    }
}
