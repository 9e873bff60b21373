//! Questions to the kernel's routing socket, asked from code that is not asynchronous.
//!
//! `rtnetlink` needs a runtime. A thread of its own runs one for the length of the question, so
//! that callers inside and outside of tokio are alike; it inherits the caller's network namespace.

use std::future::Future;
use std::io;
use std::os::unix::fs::MetadataExt;

use rtnetlink::Handle;

/// Runs `work` to its end on a thread of its own, with a handle to the routing socket.
pub(crate) fn ask<T, F>(work: impl FnOnce(Handle) -> F + Send) -> io::Result<T>
where
    T: Send,
    F: Future<Output = Result<T, rtnetlink::Error>>,
{
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        runtime.block_on(async {
            let (connection, handle, _) = rtnetlink::new_connection()?;
            tokio::spawn(connection);
            work(handle).await.map_err(to_io)
        })
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("netlink".into()).spawn_scoped(scope, run)?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The network namespace of the calling thread, as a number to compare. Index numbers of
/// interfaces mean something else in another.
pub(crate) fn namespace() -> io::Result<u64> {
    Ok(std::fs::metadata("/proc/thread-self/ns/net")?.ino())
}

/// The kernel's answer as the error it stands for.
pub(crate) fn to_io(error: rtnetlink::Error) -> io::Error {
    match error {
        rtnetlink::Error::NetlinkError(message) => message.to_io(),
        other => io::Error::other(other),
    }
}
