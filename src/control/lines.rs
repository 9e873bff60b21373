//! Lines of bounded length from a stream.

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// Reads lines. What was read of a line so far is kept when [`next`](Self::next) is dropped, so
/// it may stand in a `select!`.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    limit: usize,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Lines of at most `limit` bytes.
    pub(crate) fn new(reader: R, limit: usize) -> Self {
        Self { reader: BufReader::new(reader), line: Vec::new(), limit }
    }

    /// The next line without its end; `None` when the stream has ended. An unfinished last line
    /// is dropped: its sender has gone in the middle of it.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] if the line is too long, else what the stream says.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let chunk = self.reader.fill_buf().await?;
            if chunk.is_empty() {
                return Ok(None);
            }
            let end = chunk.iter().position(|&byte| byte == b'\n');
            let taken = end.unwrap_or(chunk.len());
            if self.line.len() + taken > self.limit {
                let reason = format!("a line of more than {} bytes", self.limit);
                return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
            }
            self.line.extend_from_slice(chunk.get(..taken).unwrap_or(&[]));
            self.reader.consume(taken + usize::from(end.is_some()));
            if end.is_some() {
                return Ok(Some(std::mem::take(&mut self.line)));
            }
        }
    }
}
