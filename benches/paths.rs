//! NLSP's decision process on a network of 1,000 routers with ten LANs each, in milliseconds: the
//! shortest paths alone, the graph they are found in, and everything from packets to tables.
//!
//! `cargo bench -p ipxway-core --bench paths`. The shortest paths alone must take less than 5 ms.

use divan::Bencher;
use ipxway_core::bench::Backbone;

fn main() {
    divan::main();
}

const ROUTERS: [u32; 2] = [100, 1_000];

/// Dijkstra, and the first hops.
#[divan::bench(args = ROUTERS)]
fn shortest_paths(bencher: Bencher<'_, '_>, routers: u32) {
    let paths = Backbone::new(routers, 10, 0).paths();
    bencher.bench_local(&paths);
}

/// The graph: what each run reads from the database.
#[divan::bench(args = ROUTERS)]
fn graph(bencher: Bencher<'_, '_>, routers: u32) {
    let backbone = Backbone::new(routers, 10, 30);
    bencher.bench_local(|| backbone.graph());
}

/// A whole network comes up: 11 routes and 30 services for each router.
#[divan::bench(args = ROUTERS, sample_count = 10)]
fn from_packets_to_tables(bencher: Bencher<'_, '_>, routers: u32) {
    let backbone = Backbone::new(routers, 10, 30);
    bencher.bench_local(|| backbone.tables());
}
