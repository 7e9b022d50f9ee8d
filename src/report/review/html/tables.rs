//! The tables with their picture, and who reaches whose rows.

use maud::Markup;
use maud::html;

use super::drawing;
use super::name;
use super::prose;
use crate::model::isolation::IsolationReport;
use crate::model::isolation::Verdict;
use crate::model::report::TableState;
use crate::report::isolation;
use crate::report::outline::mark;
use crate::report::review::facts::Review;
use crate::report::review::outline;
use crate::report::text;

/// A state as a badge: a sign, a word, and a colour.
pub fn badge(state: TableState) -> Markup {
    html! { span class={ "badge " (outline::state_word(state)) } { (mark(state)) " " (outline::state_word(state)) } }
}

pub fn section(review: &Review) -> Markup {
    let (tables, rest) = outline::tables(review);
    html! {
        section #tables {
            h2 { "Tables and foreign keys" }
            (drawing::figure(review))
            div.scroll tabindex="0" role="group" aria-label="The tables" {
                table {
                    thead {
                        tr {
                            th { "state" } th { "relation" } th { "whose rows" } th.n { "rows" } th.n { "size" }
                            th { "refers to" } th.n { "findings" }
                        }
                    }
                    tbody { @for table in tables {
                        tr {
                            td { (badge(table.state)) }
                            td { (name(&table.dotted())) }
                            td.whole { @if let Some(class) = table.class { (class.words()) } }
                            td.n { @if let Some(rows) = table.rows { (text::number(rows)) } }
                            td.n { @if let Some(bytes) = table.bytes { (text::bytes(bytes)) } }
                            td {
                                @for (i, other) in outline::refers_to(review, &table.schema, &table.table).iter().enumerate() {
                                    @if i > 0 { ", " }
                                    (name(other))
                                }
                            }
                            td.n { @if table.findings > 0 { (text::number(table.findings)) } @else { span.muted { "0" } } }
                        }
                    } }
                }
            }
            @if let Some(rest) = rest { p.muted { (rest) } }
            @let keys = outline::keys(review);
            @if !keys.is_empty() {
                p { "Foreign keys of tables that are there, and not as declared:" }
                ul { @for key in &keys { li { (prose(key)) } } }
            }
        }
    }
}

pub fn isolation(review: &Review) -> Markup {
    let (tables, rest) = outline::reach(review);
    html! {
        section #isolation {
            h2 { "Tenant isolation at a glance" }
            @if let Some(why) = outline::no_reach(review) {
                p { (prose(why)) }
            } @else {
                p { (outline::REACH) }
                div.scroll tabindex="0" role="group" aria-label="Who reaches whose rows" {
                    table {
                        thead {
                            tr {
                                th { "relation" } th { "row security" } th { "acting role" }
                                th { "read" } th { "insert" } th { "update" } th { "delete" }
                            }
                        }
                        tbody { @for table in tables { @for (i, role) in table.roles.iter().enumerate() {
                            tr {
                                td { @if i == 0 { (name(&format!("{}.{}", table.schema, table.table))) } }
                                td { @if i == 0 { (outline::security_word(table.row_security)) } }
                                td { (name(&role.role)) }
                                @for (_, reach) in role.all() {
                                    td class={ "reach " (if reach.is_open() { "open" } else { "closed" }) } {
                                        @if reach.is_open() { "⚠ " }
                                        (reach.words())
                                    }
                                }
                            }
                        } } }
                    }
                }
            }
            @if let Some(rest) = rest { p.muted { (rest) } }
            @if let Some(proof) = &review.proof { (demonstrated(proof)) }
        }
    }
}

fn demonstrated(proof: &IsolationReport) -> Markup {
    html! {
        h3 { "Demonstrated" }
        p { (prose(&isolation::headline(proof))) }
        ul {
            @for relation in proof.relations.iter().filter(|relation| relation.verdict != Verdict::Proven) {
                li {
                    (name(&format!("{}.{}", relation.schema, relation.name))) ": "
                    (text::number(relation.counts.failed)) " broke in, "
                    (text::number(relation.counts.unproven)) " could not be tried"
                }
            }
        }
    }
}
