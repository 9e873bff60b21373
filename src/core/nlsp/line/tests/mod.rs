//! Lines against each other, in simulated time: scenarios 4 to 15 and 40 of [nlsp §22].

mod adjacencies;
mod bench;
mod cmd;
mod election;
mod hellos;
mod passive;
mod refusals;
