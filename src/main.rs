//! The one binary, `ipxway`: everything is in the library.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    ipxway::cli::run()
}
