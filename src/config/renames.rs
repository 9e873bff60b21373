//! Keys that were renamed: read for one release under the old name, with a warning; and keys that
//! another one with other values took the place of.
//!
//! To rename a key, change it in the schema and add a line here; to end the grace, take the line
//! out: the old name then is an unknown key like any other.

/// A key that was renamed.
#[derive(Debug)]
pub(super) struct Rename {
    /// The path of the table it is in.
    pub(super) section: &'static str,
    /// The name before.
    pub(super) old: &'static str,
    /// The name now, in the same table.
    pub(super) new: &'static str,
    /// The last release that reads the old name.
    pub(super) until: &'static str,
}

/// All renames that are still in grace: the names of the drafts before 0.1.
pub(super) const RENAMES: &[Rename] = &[
    Rename { section: "lan", old: "frame_type", new: "framing", until: "0.1" },
    Rename { section: "lan", old: "network_number", new: "network", until: "0.1" },
    Rename { section: "cmd_network", old: "network_number", new: "network", until: "0.1" },
    Rename { section: "cmd_network", old: "udp_port", new: "port", until: "0.1" },
];

/// The renames of keys in this table.
pub(super) fn of(section: &str) -> impl Iterator<Item = &'static Rename> {
    RENAMES.iter().filter(move |rename| rename.section == section)
}

/// What to write instead of a key that is no more, and whose values the new one does not take.
pub(super) fn replaced(section: &str, old: &str) -> Option<&'static str> {
    match (section.split_once('.'), old) {
        (Some((_, "rip" | "sap")), "enabled") => {
            Some("write `updates`: \"auto\" for true, \"off\" for false")
        }
        _ => None,
    }
}
