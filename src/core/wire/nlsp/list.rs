//! The list of options behind a header: code, length, value [nlsp §3].

use crate::wire::DecodeError;

/// The most bytes of an option's value.
pub(super) const MAX_VALUE: usize = 255;
/// Bytes before the value.
pub(super) const HEAD_LEN: usize = 2;

/// The options, one by one, as code and value. It ends at the first that is not whole.
#[derive(Clone, Debug)]
pub(super) struct Options<'a> {
    rest: &'a [u8],
}

impl<'a> Options<'a> {
    /// Of bytes that were checked before.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Only if the last option ends where `bytes` do.
    pub(super) fn checked(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut walk = Self::new(bytes);
        walk.by_ref().for_each(drop);
        match *walk.rest {
            [] => Ok(Self::new(bytes)),
            [_] => Err(DecodeError::truncated("nlsp.option", HEAD_LEN, 1)),
            [_, length, ref value @ ..] => {
                Err(DecodeError::truncated("nlsp.option", length.into(), value.len()))
            }
        }
    }

    /// The whole options at the front of `bytes`, so many as `most` bytes hold.
    pub(super) fn fitting(bytes: &'a [u8], most: usize) -> &'a [u8] {
        let mut walk = Self::new(bytes);
        let mut end = 0;
        for (_, value) in walk.by_ref() {
            let next = end + HEAD_LEN + value.len();
            if next > most {
                break;
            }
            end = next;
        }
        bytes.get(..end).unwrap_or(&[])
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let ([code, length], rest) = self.rest.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(usize::from(*length))?;
        self.rest = rest;
        Some((*code, value))
    }
}

/// Appends an option; of a value that is too long only what fits.
pub(super) fn put(out: &mut Vec<u8>, code: u8, value: &[u8]) {
    let value = value.get(..MAX_VALUE).unwrap_or(value);
    out.push(code);
    out.push(u8::try_from(value.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(value);
}

/// A value that is too short, too long or ends within an entry of `entry` bytes.
pub(super) fn wrong_length(
    field: &'static str,
    value: &[u8],
    entry: usize,
    most: usize,
) -> DecodeError {
    let have = value.len();
    if have > most {
        let [have, least, most] = [have, entry, most].map(|n| u64::try_from(n).unwrap_or(u64::MAX));
        return DecodeError::out_of_range(field, have, least, most);
    }
    DecodeError::truncated(field, have.next_multiple_of(entry).max(entry), have)
}
