//! The command line, run as a user runs it: the real binary, its output and its exit code.

mod config_errors;
