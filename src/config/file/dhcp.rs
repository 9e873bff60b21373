//! `[dhcp]`.

use crate::config::diagnostic::Placed;
use crate::config::reader::Reader;
use crate::config::shell::LocalAddress;
use crate::config::values;

/// `[dhcp]`.
pub(in crate::config) struct Dhcp {
    pub(in crate::config) enabled: Option<Placed<bool>>,
    pub(in crate::config) interfaces: Option<Vec<Placed<LocalAddress>>>,
}

impl Dhcp {
    pub(super) fn read(table: &Reader<'_, '_>) -> Self {
        Self {
            enabled: table.placed_flag("enabled"),
            interfaces: table.list("interfaces", values::local),
        }
    }
}
