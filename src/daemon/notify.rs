//! What systemd is told: ready, status, watchdog. Nothing happens where there is no systemd.

use std::time::Duration;

use sd_notify::NotifyState;

/// Tells systemd.
#[derive(Debug, Default)]
pub(super) struct Notify {
    status: String,
}

impl Notify {
    /// Ports were attempted and the control socket is there.
    pub(super) fn ready(&self) {
        tell(NotifyState::Ready);
    }

    /// Goodbyes are being said.
    pub(super) fn stopping(&self) {
        tell(NotifyState::Stopping);
    }

    /// The line that `systemctl status` shows; told when it is news.
    pub(super) fn status(&mut self, status: String) {
        if self.status != status {
            tell(NotifyState::Status(&status));
            self.status = status;
        }
    }

    /// The control loop lives.
    pub(super) fn alive(&self) {
        tell(NotifyState::Watchdog);
    }
}

/// How often systemd wants to hear that we live: twice as often as it insists on.
pub(super) fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2)
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::debug!(%error, "systemd could not be told");
    }
}
