//! Tests of the daemon without a kernel.
