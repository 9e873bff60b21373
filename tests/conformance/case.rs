//! The cases: each a folder, a script that records it, and a test that plays it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::facts;
use crate::play::play;
use crate::scripts::{content, designated, flooding, neighbours, networks};

/// The seed that recordings are made with.
const RECORDED: u64 = 1;
/// Others that a story is lived with: what must be, must be with all.
const OTHERS: u64 = 8;

/// A case.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Lives the story with this seed, and gives the journal of the agent that it is about.
    record: fn(u64) -> String,
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/cases")
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| value != "0")
}

impl Case {
    fn path(&self, file: &str) -> PathBuf {
        folder().join(self.name).join(file)
    }

    pub(crate) fn read(&self, file: &str) -> String {
        let path = self.path(file);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn check_facts(&self, which: &str, output: &str) {
        if let Err(fault) = facts::missed(&self.read("description.txt"), output) {
            panic!("{}, {which}: {fault}\n\n{output}", self.name);
        }
    }

    /// Plays it, and compares with what was kept and with what must be.
    fn check(&self) {
        if is_set("IPXWAY_RECORD") {
            fs::write(self.path("input.jsonl"), (self.record)(RECORDED)).unwrap();
        }
        let output = play(&self.read("input.jsonl")).text;
        if is_set("IPXWAY_BLESS") {
            fs::write(self.path("output.txt"), &output).unwrap();
        }
        self.check_facts("as recorded", &output);
        for seed in RECORDED..=RECORDED + OTHERS {
            self.check_facts(&format!("seed {seed}"), &play(&(self.record)(seed)).text);
        }
        let kept = self.read("output.txt");
        let differ = |(_, (kept, now)): &(usize, (&str, &str))| kept != now;
        if let Some((line, (kept, now))) = (1..).zip(kept.lines().zip(output.lines())).find(differ)
        {
            panic!("{}, line {line} of output.txt\n kept: {kept}\n  now: {now}", self.name);
        }
        assert_eq!(output, kept, "{}: one output goes on", self.name);
    }
}

macro_rules! cases {
    ($($script:ident: $($name:ident),*;)*) => {
        /// Every case.
        pub(crate) const CASES: &[Case] = &[
            $($(Case { name: stringify!($name), record: $script::$name },)*)*
        ];
        $($(
            #[test]
            fn $name() {
                Case { name: stringify!($name), record: $script::$name }.check();
            }
        )*)*
    };
}

cases! {
    neighbours: two_agents_become_neighbours, one_way_is_no_way, a_lan_in_auto_answers_a_router,
        a_clean_leave, two_cmd_networks_in_one_agent;
    designated: a_tie_goes_to_the_higher_node, a_designated_router_resigns,
        a_lone_router_tells_of_its_lan, a_partial_mesh_goes_through_the_designated_router;
    flooding: a_lost_packet_is_asked_for, its_own_packets_from_the_past,
        a_dead_router_is_purged, a_full_database_says_so;
    content: more_than_one_packet_holds, rip_and_sap_of_a_lan_reach_the_others;
    networks: a_withdrawal_is_told_to_the_lan, a_peer_that_speaks_rip_and_sap,
        two_of_one_database_do_not_learn_by_rip;
}

#[test]
fn every_folder_is_a_case_whose_description_says_what_must_be_and_who_says_so() {
    let folders = fs::read_dir(folder()).unwrap();
    let mut folders: Vec<String> =
        folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    folders.sort();
    let mut names: Vec<&str> = CASES.iter().map(|case| case.name).collect();
    names.sort_unstable();
    assert_eq!(folders, names);
    for case in CASES {
        let description = case.read("description.txt");
        assert!(facts::count(&description) > 0, "{} asks for nothing", case.name);
        assert!(description.contains("[nlsp §"), "{} cites nobody", case.name);
    }
}
