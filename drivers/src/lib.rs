//! The ports of Ipxway: every system call, and all `unsafe` code of the product.
//!
//! A port carries bytes between the product and a LAN or a UDP socket. This package knows no
//! protocol: MAC addresses, socket addresses and lengths are all it looks at. Kernel features
//! have a file each.
//!
//! # A port's life
//!
//! [`open_tap`], [`open_nic`], [`open_udp`] or a [`memory::Segment`] make an [`OpenPort`]. It
//! comes apart: the [`Receiver`] goes to the one thread that forwards what arrives (where some of
//! it is set apart, there is one more), clones of the
//! [`Sender`] go to everybody who sends, the [`Guard`] stays with the owner and undoes on drop
//! what opening did. No call on the data path allocates or blocks, but for the wait in
//! [`Receiver::recv_batch`].
//!
//! What is opened belongs to the network namespace of the calling thread.
//!
//! # Map
//!
//! | module | what it knows |
//! |---|---|
//! | [`port`] | the types above, the same for every kind of port |
//! | [`batch`] | buffers with headroom, made once |
//! | `tap` | TAP devices: made or found, in a bridge or not |
//! | `packet`, `filter`, `wireless` | packet sockets on a NIC, and what the kernel lets through |
//! | `udp`, `steer` | UDP sockets of CMD networks, and a second queue at them |
//! | `ip_service` | the sockets of SLP: own address, groups, TCP |
//! | `shared_port` | UDP on a port that another process may have: DHCP |
//! | [`memory`] | ports without a kernel, for tests of the shell |
//! | `mmsg`, `poll` | many packets a system call; waiting, and being woken |
//! | `socket`, `bpf` | options of sockets, and programs that the kernel runs for them |
//! | [`links`], `netlink` | what interfaces and addresses there are, and their changes |
//! | [`pcap`] | capture files, read and written |
//! | [`clock`], `alarm` | a clock that goes on in suspend, and waiting for a time of it |
#![deny(clippy::undocumented_unsafe_blocks, unsafe_op_in_unsafe_fn)]

mod alarm;
pub mod batch;
mod bpf;
pub mod clock;
mod error;
mod filter;
mod ip_service;
pub mod links;
pub mod memory;
mod mmsg;
mod netlink;
mod packet;
pub mod pcap;
mod poll;
pub mod port;
mod shared_port;
mod socket;
mod steer;
mod tap;
mod udp;
mod wireless;

pub use alarm::Alarm;
pub use batch::{Batch, Received};
pub use error::OpenError;
pub use ip_service::{ServiceOptions, ServiceSockets, open_inquiry, open_service};
pub use packet::{NicOptions, open_nic};
pub use poll::Waker;
pub use port::{Drops, Guard, LinkAddress, OpenPort, Outgoing, Receiver, SendReport, Sender};
pub use shared_port::{SharedDatagram, SharedPort, SharedPortOptions, WatchedPort};
pub use steer::Mark;
pub use tap::{TapOptions, open_tap};
pub use udp::{UdpOptions, open_udp};
