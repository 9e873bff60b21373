//! A reader over bytes whose every step is checked.

use super::{DecodeError, NetworkNumber, NodeAddress, Socket};

/// Takes fields off the front of a slice; each step names the field it takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been taken yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn array<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<[u8; N], DecodeError> {
        let Some((head, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(DecodeError::truncated(field, N, self.rest.len()));
        };
        self.rest = rest;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.array::<1>(field).map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.array(field).map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.array(field).map(u64::from_be_bytes)
    }

    /// The next `count` bytes.
    pub(crate) fn bytes(
        &mut self,
        field: &'static str,
        count: usize,
    ) -> Result<&'a [u8], DecodeError> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return Err(DecodeError::truncated(field, count, self.rest.len()));
        };
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn network(&mut self, field: &'static str) -> Result<NetworkNumber, DecodeError> {
        self.array(field).map(|bytes| NetworkNumber(u32::from_be_bytes(bytes)))
    }

    pub(crate) fn node(&mut self, field: &'static str) -> Result<NodeAddress, DecodeError> {
        self.array(field).map(NodeAddress)
    }

    pub(crate) fn socket(&mut self, field: &'static str) -> Result<Socket, DecodeError> {
        self.u16(field).map(Socket)
    }
}
