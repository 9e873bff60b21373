//! An agent's control socket with canned replies behind, for the real binary to ask.

use std::path::PathBuf;
use std::process::{Command as Process, Output};
use std::sync::mpsc;
use std::thread::JoinHandle;

use ipxway::control::{Endpoint, Server};
use ipxway_core::ids::RequestId;
use ipxway_core::router::{Command, Input, Reply};
use tempfile::TempDir;

/// Answers requests until it is dropped.
pub(crate) struct Desk {
    directory: TempDir,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What is answered to a command: replies, the last of them done.
pub(crate) type Answers = fn(&Command) -> Vec<Reply>;

impl Desk {
    /// Answers every command by `answers`.
    pub(crate) fn open(answers: Answers) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("control.sock");
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (ready, is_ready) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let endpoint = Endpoint { path, mode: 0o600, group: None };
                let mut server = Server::start(&endpoint, "OSLO", Vec::new()).await.unwrap();
                ready.send(()).unwrap();
                tokio::select! {
                    () = answer(&mut server, answers) => {}
                    _ = stopped => {}
                }
            });
        });
        is_ready.recv().unwrap();
        Self { directory, stop: Some(stop), thread: Some(thread) }
    }

    /// Where it listens.
    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.path().join("control.sock")
    }

    /// Runs `ipxway` with these arguments against it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        Process::new(env!("CARGO_BIN_EXE_ipxway"))
            .arg("--socket")
            .arg(self.socket())
            .args(arguments)
            .output()
            .unwrap()
    }
}

async fn answer(server: &mut Server, answers: Answers) {
    loop {
        let Input::Command { id, command } = server.next().await else { continue };
        reply(server, id, answers(&command));
    }
}

fn reply(server: &mut Server, id: RequestId, replies: Vec<Reply>) {
    let last = replies.len();
    for (place, reply) in replies.into_iter().enumerate() {
        server.reply(id, reply, place + 1 == last);
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}
