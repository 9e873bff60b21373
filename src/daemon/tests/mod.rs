//! The daemon without a kernel: real threads, the real control loop and control socket, ports in
//! memory.

mod house;
mod life;
mod parts;
mod passing;
