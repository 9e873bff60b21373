//! Telling wireless interfaces.

use std::path::Path;

/// Where the kernel describes its interfaces.
pub(crate) const SYSFS: &str = "/sys/class/net";

/// Whether `name` is a wireless interface, by what the kernel shows below `sysfs`.
///
/// Drivers of the present have `phy80211`, those of the old interface `wireless`.
pub(crate) fn is_wireless(sysfs: &Path, name: &str) -> bool {
    ["phy80211", "wireless"].iter().any(|mark| sysfs.join(name).join(mark).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_marks_of_wireless_drivers_are_known_and_others_are_not_wireless() {
        let sysfs = tempfile::tempdir().unwrap();
        for (name, entry) in [("wlan0", "phy80211"), ("ath0", "wireless"), ("eth0", "queues")] {
            std::fs::create_dir_all(sysfs.path().join(name).join(entry)).unwrap();
        }
        assert!(is_wireless(sysfs.path(), "wlan0"));
        assert!(is_wireless(sysfs.path(), "ath0"));
        assert!(!is_wireless(sysfs.path(), "eth0"));
        assert!(!is_wireless(sysfs.path(), "absent"));
    }
}
