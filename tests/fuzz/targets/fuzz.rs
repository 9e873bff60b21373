//! libFuzzer around one of the fuzz bodies of the core and the shell, chosen by the environment
//! variable `IPXWAY_FUZZ_TARGET`: one binary for all, as linking dominates the build.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let wanted = std::env::var("IPXWAY_FUZZ_TARGET").unwrap_or_default();
    let all = || ipxway_core::fuzzing::TARGETS.iter().chain(ipxway::fuzzing::TARGETS);
    match all().find(|(name, _)| *name == wanted) {
        Some((_, body)) => *body,
        None => {
            let names: Vec<&str> = all().map(|(name, _)| *name).collect();
            eprintln!("no target `{wanted}`: set IPXWAY_FUZZ_TARGET to one of {}", names.join(", "));
            std::process::exit(2);
        }
    }
});

fuzz_target!(
    init: {
        LazyLock::force(&TARGET);
    },
    |data: &[u8]| TARGET(data)
);
