# All there is to remember. What a target needs and this machine lacks is installed first
# (Debian; with sudo if you are not root); Rust 1.95 or newer must be there, or rustup.
#
#   make demo       three offices on an IP backbone, in namespaces on this machine
#   make test       every test, the random ones with reduced counts
#   make test-full  every test with the figures of the specification; an hour at most
#   make lint       formatting, clippy, dependencies, documentation
#   make bench      nanoseconds per packet, tables of up to 50,000 entries, 300 agents that start at
#                   once, 300 neighbours at rest; IPXWAY_AGENTS=1000 for larger networks
#   make fuzz       each fuzz target for FUZZ_SECONDS (60)
#   make replay     the captures through the agent, compared with the goldens
#   make clean      everything built

CARGO := scripts/cargo
FUZZ_SECONDS ?= 60

# The tests with real agents mostly wait for timers: more of them at once than processors.
TEST := RUST_TEST_THREADS=$${RUST_TEST_THREADS:-4} $(CARGO) test --workspace --locked --no-fail-fast

# What users run is built with more optimisation than the tests. Compilers have faults there, too: the
# same simulations are played by that build.
OPTIMISED := $(CARGO) test --release --locked --no-fail-fast --test sim

.PHONY: demo test test-full lint bench fuzz replay clean build-tools network-tools

demo: build-tools network-tools
	$(CARGO) build --locked
	target/debug/ipxway demo

test: build-tools network-tools
	$(TEST)
	$(OPTIMISED)

test-full: build-tools network-tools
	IPXWAY_FULL=1 PROPTEST_CASES=2048 scripts/summary $(TEST)
	scripts/summary $(OPTIMISED)

lint: build-tools
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	scripts/deny
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

bench: build-tools network-tools
	$(CARGO) bench --workspace --locked

fuzz: build-tools
	@scripts/install-missing c++
	for target in $$(tests/fuzz/run list); do tests/fuzz/run $$target $(FUZZ_SECONDS) || exit 1; done

replay: build-tools network-tools
	$(CARGO) test --locked --test replay

clean:
	$(CARGO) clean

build-tools:
	@scripts/install-missing cc

network-tools:
	@scripts/install-missing dnsmasq ethtool ip mount nsenter unshare tcpdump tshark
