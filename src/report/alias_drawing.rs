//! Drawings of the names and sources around a name: Graphviz, and a page of HTML that needs nothing from elsewhere.
//!
//! Names are boxes, sources ellipses, and each edge says how often the name was used for the source. Nodes stand in
//! columns by their distance from the name in the middle; an edge always joins two neighbouring columns.

use super::aliases::clipped;
use super::counted;
use crate::alias::AliasGraph;
use crate::pipeline::aliases::neighbourhood::{Neighbourhood, Node};
use std::fmt::Write;

/// Sizes of the drawing, in pixels.
const COLUMN: usize = 330;
const ROW: usize = 46;
const WIDTH: usize = 210;
const HEIGHT: usize = 30;
const MARGIN: usize = 20;

/// Characters of a label.
const LABEL: usize = 30;

fn label_of(graph: &AliasGraph, node: Node) -> String {
    let text = match node {
        Node::Name(name) => graph.name(name),
        Node::Source(source) => graph.source(source),
    };
    super::waterfall::visible(text)
}

fn left_out_text(around: &Neighbourhood) -> Option<String> {
    let left_out = around.left_out as u64;
    (left_out > 0).then(|| format!("{} left out", counted(left_out, "further neighbour")))
}

/// The drawing in Graphviz's language: `dot -Tsvg` makes a picture of it.
pub fn dot(graph: &AliasGraph, around: &Neighbourhood) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut text = "graph aliases {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n".to_owned();
    if let Some(left_out) = left_out_text(around) {
        let _ = writeln!(text, "  label={};", quoted(&left_out));
    }
    for (place, &(node, distance)) in around.nodes.iter().enumerate() {
        let shape = if matches!(node, Node::Name(_)) { "box" } else { "ellipse" };
        let bold = if distance == 0 { ", style=bold" } else { "" };
        let _ = writeln!(text, "  n{place} [shape={shape}{bold}, label={}];", quoted(&clipped(&label_of(graph, node))));
    }
    for (name, source, count) in &around.edges {
        let _ = writeln!(text, "  n{name} -- n{source} [label=\"{count}\"];");
    }
    text.push_str("}\n");
    text
}

/// The drawing as a page; `text` stands below it.
pub fn html(graph: &AliasGraph, around: &Neighbourhood, text: &str) -> String {
    let title = around.nodes.first().map(|&(node, _)| label_of(graph, node)).unwrap_or_default();
    let title = escaped(&clipped(&title));
    let left_out = left_out_text(around).map(|note| format!("<p>{}</p>\n", escaped(&note))).unwrap_or_default();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n<h1>{title}</h1>\n{}{left_out}<pre>{}</pre>\n</body>\n</html>\n",
        svg(graph, around),
        escaped(text)
    )
}

const STYLE: &str = "\
body { font: 15px/1.4 sans-serif; margin: 2em; color: #222; background: #fff }
svg { max-width: 100%; height: auto }
svg text { font: 13px sans-serif; text-anchor: middle; dominant-baseline: central; fill: #222 }
rect { fill: #e8f0fb; stroke: #4a78b5 }
ellipse { fill: #fbf3e0; stroke: #b58a3a }
.middle { stroke-width: 3 }
line { stroke: #999 }
svg text.count { font-size: 11px; fill: #555; paint-order: stroke; stroke: #fff; stroke-width: 3px }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
";

/// The places of the nodes: their middles, column by column.
fn places(around: &Neighbourhood) -> Vec<(usize, usize)> {
    let columns = around.nodes.iter().map(|&(_, distance)| distance as usize + 1).max().unwrap_or(1);
    let mut filled = vec![0_usize; columns];
    let mut rows = Vec::with_capacity(around.nodes.len());
    for &(_, distance) in &around.nodes {
        let column = distance as usize;
        rows.push((column, filled.get(column).copied().unwrap_or_default()));
        filled.iter_mut().skip(column).take(1).for_each(|filled| *filled += 1);
    }
    let tallest = filled.iter().copied().max().unwrap_or(1);
    let place = |(column, row): (usize, usize)| {
        // A shorter column stands in the middle.
        let above = (tallest - filled.get(column).copied().unwrap_or(tallest)) * ROW / 2;
        (MARGIN + column * COLUMN + WIDTH / 2, MARGIN + above + row * ROW + HEIGHT / 2)
    };
    rows.into_iter().map(place).collect()
}

fn svg(graph: &AliasGraph, around: &Neighbourhood) -> String {
    let places = places(around);
    let width = places.iter().map(|place| place.0).max().unwrap_or(0) + WIDTH / 2 + MARGIN;
    let height = places.iter().map(|place| place.1).max().unwrap_or(0) + HEIGHT / 2 + MARGIN;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n"
    );
    for &(name, source, count) in &around.edges {
        let (Some(&a), Some(&b)) = (places.get(name), places.get(source)) else { continue };
        let (left, right) = if a.0 <= b.0 { (a, b) } else { (b, a) };
        let (x1, x2) = (left.0 + WIDTH / 2, right.0 - WIDTH / 2);
        let _ = writeln!(text, "<line x1=\"{x1}\" y1=\"{}\" x2=\"{x2}\" y2=\"{}\"/>", left.1, right.1);
        let (x, y) = (usize::midpoint(x1, x2), usize::midpoint(left.1, right.1));
        let _ = writeln!(text, "<text class=\"count\" x=\"{x}\" y=\"{y}\">{count}</text>");
    }
    for (&(node, distance), &place) in around.nodes.iter().zip(&places) {
        text.push_str(&drawn(&label_of(graph, node), node, distance == 0, place));
    }
    text.push_str("</svg>\n");
    text
}

/// A node with its label, which is cut to fit; the whole text shows under the pointer.
fn drawn(label: &str, node: Node, is_middle: bool, (x, y): (usize, usize)) -> String {
    let class = if is_middle { " class=\"middle\"" } else { "" };
    let shape = match node {
        Node::Name(_) => {
            let (left, top) = (x - WIDTH / 2, y - HEIGHT / 2);
            format!("<rect{class} x=\"{left}\" y=\"{top}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"3\"/>")
        }
        Node::Source(_) => {
            format!("<ellipse{class} cx=\"{x}\" cy=\"{y}\" rx=\"{}\" ry=\"{}\"/>", WIDTH / 2, HEIGHT / 2)
        }
    };
    let short: String = match label.char_indices().nth(LABEL) {
        Some((end, _)) => format!("{}…", label.get(..end).unwrap_or_default()),
        None => label.to_owned(),
    };
    let whole = escaped(&clipped(label));
    format!("<g><title>{whole}</title>{shape}<text x=\"{x}\" y=\"{y}\">{}</text></g>\n", escaped(&short))
}

/// Text as it may stand anywhere in a page.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alias::Use;
    use crate::pipeline::aliases::neighbourhood::neighbourhood;

    #[test]
    fn what_names_hold_is_text_and_never_markup() {
        let row = |name: &str, source: &str| Use { name: name.into(), source: source.into(), count: 7 };
        let graph = AliasGraph::new([row("<script>alert(1)</script>", "a\"&'\\"), row("b\nc", "a\"&'\\")]);
        let around = neighbourhood(&graph, &[0, 1], &[], 60);
        let page = html(&graph, &around, "<b>");
        assert!(!page.contains("<script") && !page.contains("<b>") && page.contains("&lt;script&gt;"), "{page}");
        assert!(page.contains("a&quot;&amp;&#39;\\"), "{page}");
        let dot = dot(&graph, &around);
        assert!(dot.contains("label=\"a\\\"&'\\\\\"") && dot.contains("n0 -- n"), "{dot}");
        assert_eq!(dot.lines().count(), 3 + 3 + 2 + 1);
    }
}
