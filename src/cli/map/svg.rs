//! The map as a drawing.

use std::fmt::Write;

use super::layout::{Layout, Point};
use super::{Edge, Map, Node};

/// Half the height of a box.
const HALF: f64 = 18.0;
/// Half the width of a box at least, and for each letter.
const HALF_WIDTH: f64 = 34.0;
const HALF_LETTER: f64 = 3.9;

const STYLE: &str = "text{font:12px monospace;text-anchor:middle;fill:#222}\
                     .cost{font-size:11px;fill:#666}\
                     line{stroke:#888;stroke-width:1.2}\
                     rect{fill:#dce9f7;stroke:#356}\
                     ellipse{fill:#f6f0da;stroke:#764}\
                     .own{stroke-width:3}\
                     .lost{stroke-dasharray:4 3}";

impl Map {
    /// The map as an SVG document.
    pub(in crate::cli) fn to_svg(&self) -> String {
        let layout = Layout::of(self);
        let size = layout.size;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{size:.0}\" height=\"{size:.0}\" \
             viewBox=\"0 0 {size:.0} {size:.0}\">\n<style>{STYLE}</style>\n"
        );
        let mut line = |text: String| writeln!(out, "{text}").expect("a String takes all");
        // Nodes hide the ends of lines.
        for edge in &self.edges {
            let ends = layout.points.get(edge.ends.0).zip(layout.points.get(edge.ends.1));
            if let Some((&from, &to)) = ends {
                line(edge_svg(edge, from, to));
            }
        }
        for (node, &point) in self.nodes.iter().zip(&layout.points) {
            line(node_svg(node, point));
        }
        out.push_str("</svg>\n");
        out
    }
}

fn edge_svg(edge: &Edge, from: Point, to: Point) -> String {
    let lost = if edge.mutual { "" } else { " class=\"lost\"" };
    let middle = Point { x: f64::midpoint(from.x, to.x), y: f64::midpoint(from.y, to.y) };
    format!(
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"{lost}/>\
         <text class=\"cost\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
        from.x,
        from.y,
        to.x,
        to.y,
        middle.x,
        middle.y - 3.0,
        escaped(&edge.label)
    )
}

fn node_svg(node: &Node, Point { x, y }: Point) -> String {
    let own = if node.own && !node.is_lan { "own" } else { "" };
    let lost = if node.reachable { "" } else { "lost" };
    let class = format!("{own} {lost}");
    let class = class.trim();
    let letters = u32::try_from(node.label.len().max(node.network.len())).unwrap_or(u32::MAX);
    let half = HALF_WIDTH.max(f64::from(letters) * HALF_LETTER + 6.0);
    let shape = if node.is_lan {
        format!("<ellipse cx=\"{x:.1}\" cy=\"{y:.1}\" rx=\"{half:.1}\" ry=\"{HALF}\"")
    } else {
        let (left, top) = (x - half, y - HALF);
        let (width, height) = (2.0 * half, 2.0 * HALF);
        format!(
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.0}\" rx=\"4\""
        )
    };
    let text =
        |y: f64, text: &str| format!("<text x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(text));
    let words = if node.label == node.network || node.network.is_empty() {
        text(y + 4.0, &node.label)
    } else {
        text(y - 2.0, &node.label) + &text(y + 12.0, &node.network)
    };
    let title = escaped(&node.id);
    format!("<g><title>{title}</title>{shape} class=\"{class}\"/>{words}</g>")
}

/// Text within XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
