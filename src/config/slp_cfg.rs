//! `SLP.CFG`: NetWare's list of directory agents, lines of the form `DA IPV4, 192.0.2.1`
//! [slp-dhcp-snmp §5.1].
//!
//! What is no such line is passed over with a warning: the file may serve NetWare, too.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use ipxway_core::config::AgentHost;

use super::diagnostic::{Faults, Placed};
use super::file::Slp;
use super::values;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 64 * 1024;
/// Warnings of one file.
const MOST_WARNINGS: usize = 20;

/// Puts what the file says behind the directory agents that are listed; `folder` is where the
/// configuration lies.
pub(super) fn expand(slp: &mut Slp, folder: &Path, faults: &Faults<'_>) {
    let Some(Placed { value: path, place }) = &slp.slp_cfg else { return };
    let path = folder.join(path);
    let text = match read(&path) {
        Ok(text) => text,
        Err(error) => {
            let wrong = format!("{} cannot be read: {error}", path.display());
            faults.error(place, wrong, "give the path of an SLP.CFG, or take this out");
            return;
        }
    };
    let (mut warnings, mut entries) = (0, 0);
    for (line, entry) in parse(&text) {
        let (wrong, right) = match entry {
            Ok(host) => {
                let value = host.clone();
                slp.directory_agents.push(Placed { value, place: place.clone() });
                entries += 1;
                if entries == 1 || matches!(host, AgentHost::Ip(_)) {
                    continue;
                }
                let wrong = "a name behind the first entry, which is used here";
                (wrong.to_owned(), "NetWare took a name in the first entry only: give its address")
            }
            Err(wrong) => (format!("{wrong}, passed over"), "write `DA IPV4, 192.0.2.1`"),
        };
        warnings += 1;
        if warnings <= MOST_WARNINGS {
            faults.warning(place, format!("{}:{line}: {wrong}", path.display()), right);
        }
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other(format!("larger than {LARGEST} bytes")));
    }
    // Comments may be in any character set of DOS.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The lines that say something, numbered from 1: a directory agent, or what is wrong.
fn parse(text: &str) -> impl Iterator<Item = (usize, Result<AgentHost, String>)> {
    // DOS ends a text with 1A.
    let text = text.split('\u{1a}').next().unwrap_or_default();
    text.lines().zip(1..).filter_map(|(line, number)| {
        let said = line.split(['#', ';']).next().unwrap_or_default().trim();
        (!said.is_empty()).then(|| (number, entry(said)))
    })
}

fn entry(said: &str) -> Result<AgentHost, String> {
    let unknown = || "no directory agent".to_owned();
    let (keywords, host) = said.split_once(',').ok_or_else(unknown)?;
    let mut keywords = keywords.split_whitespace();
    for wanted in ["DA", "IPV4"] {
        if !keywords.next().is_some_and(|word| word.eq_ignore_ascii_case(wanted)) {
            return Err(unknown());
        }
    }
    if keywords.next().is_some() {
        return Err(unknown());
    }
    values::agent_host(host.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_netware_are_read_with_any_case_and_blanks() {
        let text = "; SLP.CFG of \u{fffd}\r\n# none\r\n\r\nDA IPV4, 192.0.2.1\r\n\
                    da\tipv4 ,192.0.2.2 ; the second\r\n  Da IpV4,da.example\r\n\u{1a}DA IPV4, x";
        let found: Vec<_> = parse(text).map(|(line, entry)| (line, entry.unwrap())).collect();
        let ip = |last| AgentHost::Ip([192, 0, 2, last].into());
        let name = AgentHost::Name("da.example".to_owned());
        assert_eq!(found, [(4, ip(1)), (5, ip(2)), (6, name)]);
    }

    #[test]
    fn what_is_no_entry_is_named_by_its_line() {
        let text = "DA IPV4 192.0.2.1\nDA IPX, 192.0.2.1\nDA IPV4,\nDA IPV4, 300.1.1.1\n\
                    SA IPV4, 192.0.2.1\nDA IPV4 X, 192.0.2.1\nDA IPV4, 224.0.1.35\nDA IPV4, a b\n";
        let wrong: Vec<usize> =
            parse(text).filter(|(_, entry)| entry.is_err()).map(|(line, _)| line).collect();
        assert_eq!(wrong, [1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
