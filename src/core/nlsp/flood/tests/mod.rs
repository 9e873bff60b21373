//! Flooding between agents in simulated time [nlsp §22, scenarios 18 and 21 to 26].

mod answers;
mod chaos;
mod news;
mod numbers;
mod purges;
mod repair;
mod world;
