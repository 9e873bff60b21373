//! SIGINT and SIGTERM, for the verbs that run without the daemon's loop.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Calls `action` at the first SIGINT or SIGTERM, on a thread of its own. Both signals have lost
/// their deadly effect when this returns.
///
/// # Errors
/// The kernel gives no thread or no handler.
pub fn on_interrupt(action: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut interrupt, mut terminate) = {
        let _context = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
        action();
    })?;
    Ok(())
}
