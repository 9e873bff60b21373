//! A seeded world of agents in simulated time.
