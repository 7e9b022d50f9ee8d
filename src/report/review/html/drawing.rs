//! The picture as SVG. Colours are those of the page; a sign, a word and the
//! line around a table say the same.

use maud::Markup;
use maud::html;

use crate::model::report::TableState;
use crate::report::outline::mark;
use crate::report::review::facts::Class;
use crate::report::review::facts::Review;
use crate::report::review::outline;
use crate::report::review::picture;
use crate::report::review::picture::ArrowPath;
use crate::report::review::picture::HEIGHT;
use crate::report::review::picture::Picture;
use crate::report::review::picture::TableBox;
use crate::report::text;

const STATES: [TableState; 4] = [TableState::Matches, TableState::Differs, TableState::Missing, TableState::Unexpected];

/// The figure with its legend.
pub fn figure(review: &Review) -> Markup {
    let Some(picture) = picture::draw(review) else { return html! { p { "There is no table to draw." } } };
    let classes: Vec<Class> =
        Class::ALL.iter().copied().filter(|class| review.tables.iter().any(|t| t.class == Some(*class))).collect();
    html! {
        figure.picture {
            div.scroll tabindex="0" role="group" aria-label="Drawing of the tables" style={ "--natural:" (picture.width) "px" } {
                (svg(&picture))
            }
            figcaption {
                ul.legend {
                    @for state in STATES {
                        li {
                            svg.swatch viewBox="0 0 28 18" width="28" height="18" aria-hidden="true" {
                                rect class={ "box " (outline::state_word(state)) } x="2" y="2" width="24" height="14" rx="4" {}
                            }
                            (mark(state)) " " (outline::state_word(state))
                        }
                    }
                    @for class in classes { li { span.sign aria-hidden="true" { (class.sign()) } " " (class.words()) } }
                    li { span.sign aria-hidden="true" { "→" } " refers to; broken where the key is missing" }
                }
                @for line in &picture.left_out { p.muted { (line) } }
            }
        }
    }
}

fn svg(picture: &Picture) -> Markup {
    let (width, height) = (picture.width, picture.height);
    html! {
        svg #drawing xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="drawing-title drawing-text"
            viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) {
            title #drawing-title { "Tables and their foreign keys" }
            desc #drawing-text { (described(picture)) }
            defs {
                @for state in STATES {
                    marker id={ "head-" (outline::state_word(state)) } viewBox="0 0 10 10" refX="9" refY="5"
                        markerWidth="8" markerHeight="8" orient="auto-start-reverse" {
                        path class={ "head " (outline::state_word(state)) } d="M0 0 L10 5 L0 10 z" {}
                    }
                }
            }
            @for arrow in &picture.arrows { (path(arrow)) }
            @for table in &picture.boxes { (table_box(table)) }
        }
    }
}

/// The drawing in words, for who does not see it; the table below it has all of it.
fn described(picture: &Picture) -> String {
    let of = |state| {
        let names: Vec<String> =
            picture.boxes.iter().filter(|one| one.table.state == state).map(|one| one.name.clone()).collect();
        (!names.is_empty()).then(|| format!("{}: {}", outline::state_word(state), names.join(", ")))
    };
    let said: Vec<String> = STATES.into_iter().filter_map(of).collect();
    format!("{}. The table below lists them with what each refers to.", said.join("; "))
}

fn path(arrow: &ArrowPath) -> Markup {
    let state = outline::state_word(arrow.state);
    let head = format!("url(#head-{state})");
    let (start, end) = if arrow.reversed { (None, Some(&head)) } else { (Some(&head), None) };
    html! {
        path class={ "arrow " (state) } d=(arrow.path) marker-start=[start] marker-end=[end] {
            title { (arrow.title) }
        }
    }
}

fn table_box(one: &TableBox) -> Markup {
    let (state, width) = (outline::state_word(one.table.state), one.width);
    let sign = if one.to_itself { format!("↺ {}", mark(one.table.state)) } else { mark(one.table.state).to_owned() };
    html! {
        g transform={ "translate(" (one.x.round()) " " (one.y.round()) ")" } {
            title { (text::visible(&one.table.dotted())) ": " (state) }
            rect class={ "box " (state) } width=(width) height=(HEIGHT) rx="6" {}
            text.name x="12" y="20" { (one.name) }
            text class={ "mark " (state) } x=(width - 12.0) y="20" text-anchor="end" { (sign) }
            text.below x="12" y="36" { (one.below) }
        }
    }
}
