//! What stands in the lines: `{"v":1,"id":7,"request":{"ask":{"command":"show-ports"}}}` and
//! `{"v":1,"id":7,"done":true,"answer":{"reply":{"reply":"ports","ports":[]}}}`.
//!
//! `v` is the version of everything that follows it. A field may be added without a new version;
//! one that is renamed or removed makes a new one.

use ipxway_core::router::{Command, EventRow, Reply};
use serde::{Deserialize, Serialize};

use crate::config::origins::Setting;

/// The version of this protocol, and of the JSON that `--json` prints.
pub const VERSION: u32 = 1;

/// The longest request line in bytes. Requests are small; a longer line is no client of ours.
pub const MAX_REQUEST: usize = 16 * 1024;

/// The longest answer line in bytes that a client takes: a page of the longest rows has less
/// than 1 MiB.
pub(crate) const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// A line from a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLine {
    /// [`VERSION`].
    pub v: u32,
    /// Chosen by the client; every answer to the request bears it.
    pub id: u64,
    /// What is wanted.
    pub request: Request,
}

/// What a client wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Say who you are.
    Hello,
    /// Tell every event from now on.
    Follow,
    /// Say which configuration is in force, and where each value comes from.
    Config,
    /// Ask the router. [`Command::Cancel`] ends the request that is under way.
    Ask(Command),
}

/// A line to a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResponseLine {
    /// [`VERSION`].
    pub v: u32,
    /// That of the request; 0 if none could be read.
    pub id: u64,
    /// No more answers follow to this request.
    pub done: bool,
    /// The answer.
    pub answer: Answer,
}

/// What a client gets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Who answers.
    Hello(Greeting),
    /// The settings, in the order of the file.
    Config(Vec<Setting>),
    /// A reply of the router.
    Reply(Reply),
    /// Something happened, just now.
    Event(EventRow),
    /// So many events were left out, because the client did not read them in time.
    Missed(u64),
    /// The request cannot be served.
    Refused {
        /// Why, and what would be right.
        reason: String,
    },
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// The agent's name.
    pub name: String,
    /// The version of the program.
    pub version: String,
    /// Its process.
    pub pid: u32,
}

/// A line that is no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestFault {
    /// The request's identifier as far as it could be read, else 0.
    pub id: u64,
    /// What is wrong, and what would be right.
    pub reason: String,
}

/// Reads a request line.
///
/// # Errors
/// What is wrong with it: no JSON, another version, or a request that this version does not know.
pub fn parse_request(line: &[u8]) -> Result<RequestLine, RequestFault> {
    /// What every version has.
    #[derive(Deserialize)]
    struct Frame {
        v: u32,
        #[serde(default)]
        id: u64,
    }
    let frame: Frame = serde_json::from_slice(line).map_err(|error| RequestFault {
        id: 0,
        reason: format!(
            "no request: {error}; one looks like {{\"v\":1,\"id\":1,\"request\":\"hello\"}}"
        ),
    })?;
    let Frame { v, id } = frame;
    if v != VERSION {
        let reason = format!(
            "protocol version {v} is asked for and {VERSION} is spoken: use the `ipxway` of the \
             running agent"
        );
        return Err(RequestFault { id, reason });
    }
    serde_json::from_slice(line)
        .map_err(|error| RequestFault { id, reason: format!("unknown request: {error}") })
}

/// Any bytes as a request line: what is taken for a request means the same when written again.
///
/// # Panics
/// If it does not: for fuzzing and property tests.
pub fn fuzz_request(data: &[u8]) {
    let Ok(request) = parse_request(data) else { return };
    let line = serde_json::to_vec(&request).expect("a request that was read can be written");
    assert_eq!(parse_request(&line), Ok(request), "a request changed by being written");
}

impl ResponseLine {
    /// An answer to request `id`, as a line.
    #[must_use]
    pub fn line(id: u64, answer: Answer, done: bool) -> Vec<u8> {
        let response = Self { v: VERSION, id, done, answer };
        let mut line =
            serde_json::to_vec(&response).expect("answers hold nothing but plain values");
        line.push(b'\n');
        line
    }
}

impl RequestLine {
    /// The request as a line.
    #[must_use]
    pub fn line(id: u64, request: Request) -> Vec<u8> {
        let request = Self { v: VERSION, id, request };
        let mut line =
            serde_json::to_vec(&request).expect("requests hold nothing but plain values");
        line.push(b'\n');
        line
    }
}
