//! The map for Graphviz: `ipxway show nlsp topology -f dot | neato -Tsvg`.

use std::fmt::Write;

use super::{Edge, Map, Node};

impl Map {
    /// The map as a graph in the DOT language.
    pub(in crate::cli) fn to_dot(&self) -> String {
        let mut out = "graph internetwork {\n    overlap=false\n".to_owned();
        let mut line = |text: &str| writeln!(out, "    {text}").expect("a String takes all");
        for node in &self.nodes {
            line(&node_line(node));
        }
        for edge in &self.edges {
            if let Some(text) = self.edge_line(edge) {
                line(&text);
            }
        }
        out.push_str("}\n");
        out
    }

    fn edge_line(&self, edge: &Edge) -> Option<String> {
        let (from, to) = (self.nodes.get(edge.ends.0)?, self.nodes.get(edge.ends.1)?);
        let style = if edge.mutual { "" } else { ", style=dashed" };
        let label = quoted(&edge.label);
        Some(format!("{} -- {} [label={label}{style}]", quoted(&from.id), quoted(&to.id)))
    }
}

fn node_line(node: &Node) -> String {
    let mut label = escaped(&node.label);
    if node.label != node.network && !node.network.is_empty() {
        // The line break is DOT's own.
        label = format!("{label}\\n{}", node.network);
    }
    let shape = if node.is_lan { "ellipse" } else { "box" };
    let own = if node.own && !node.is_lan { ", penwidth=2" } else { "" };
    let lost = if node.reachable { "" } else { ", style=dashed" };
    format!("{} [label=\"{label}\", shape={shape}{own}{lost}]", quoted(&node.id))
}

/// A string of the DOT language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
