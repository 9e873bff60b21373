//! Error codes of replies [slp-dhcp-snmp §1.2].

use super::Version;

/// What came of a request. One meaning has one variant; the numbers differ by version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorCode {
    /// 0.
    #[default]
    Ok,
    /// 1: nothing in this language; in version 1 only if the request was monolingual.
    LanguageNotSupported,
    /// 2: the message breaks the format.
    ParseError,
    /// 3: a registration that cannot be; in version 1 also the deregistration of what is not
    /// there, and with the overflow flag a registration too long for a datagram.
    InvalidRegistration,
    /// 4: none of the scopes is ours.
    ScopeNotSupported,
    /// 5 in version 1.
    CharsetNotUnderstood,
    /// 5 in version 2: a security parameter index that we do not have.
    AuthenticationUnknown,
    /// 6: it should have been signed.
    AuthenticationAbsent,
    /// 7: it was signed wrongly, or comes from another host than the registration.
    AuthenticationFailed,
    /// 9, version 2.
    VersionNotSupported,
    /// 10, version 2.
    InternalError,
    /// 11, version 2: ask again later.
    DaBusy,
    /// 12, version 2: an extension that must be understood.
    OptionNotUnderstood,
    /// 13, version 2: an update of what is not registered.
    InvalidUpdate,
    /// 14, version 2: a request that need not be supported.
    MessageNotSupported,
    /// 15, version 2: registered again too soon.
    RefreshRejected,
    /// A number without a meaning in its version.
    Other(u16),
}

/// The numbers that mean the same in both versions, but for 5, and those of version 2 alone.
const NUMBERS: [(u16, ErrorCode); 15] = [
    (0, ErrorCode::Ok),
    (1, ErrorCode::LanguageNotSupported),
    (2, ErrorCode::ParseError),
    (3, ErrorCode::InvalidRegistration),
    (4, ErrorCode::ScopeNotSupported),
    (5, ErrorCode::AuthenticationUnknown),
    (6, ErrorCode::AuthenticationAbsent),
    (7, ErrorCode::AuthenticationFailed),
    (9, ErrorCode::VersionNotSupported),
    (10, ErrorCode::InternalError),
    (11, ErrorCode::DaBusy),
    (12, ErrorCode::OptionNotUnderstood),
    (13, ErrorCode::InvalidUpdate),
    (14, ErrorCode::MessageNotSupported),
    (15, ErrorCode::RefreshRejected),
];
/// The last number that version 1 has.
const LAST_OF_V1: u16 = 7;

impl ErrorCode {
    /// What `number` means in `version`.
    #[must_use]
    pub fn of(version: Version, number: u16) -> Self {
        match version {
            Version::V1 if number == 5 => Self::CharsetNotUnderstood,
            Version::V1 if number > LAST_OF_V1 => Self::Other(number),
            Version::V1 | Version::V2 => NUMBERS
                .into_iter()
                .find(|(known, _)| *known == number)
                .map_or(Self::Other(number), |(_, code)| code),
        }
    }

    /// Its number in `version`. What a version has no number for is told by the nearest one it
    /// has: in version 1 a busy agent, or an update of nothing, is an invalid registration
    /// [slp-dhcp-snmp §5.7], the rest a message not understood; so is a character set in version 2.
    #[must_use]
    pub fn number(self, version: Version) -> u16 {
        let number = match self {
            Self::Other(number) => return number,
            Self::CharsetNotUnderstood => return if version == Version::V1 { 5 } else { 2 },
            known => NUMBERS.into_iter().find(|(_, code)| *code == known).map_or(2, |(n, _)| n),
        };
        match (version, self) {
            (Version::V1, Self::AuthenticationUnknown) => 7,
            (Version::V1, Self::DaBusy | Self::InvalidUpdate | Self::RefreshRejected) => 3,
            (Version::V1, _) if number > LAST_OF_V1 => 2,
            (Version::V1 | Version::V2, _) => number,
        }
    }

    /// Its name in `version`, as the RFCs spell it; `None` if it has none there.
    #[must_use]
    pub const fn name(self, version: Version) -> Option<&'static str> {
        Some(match (version, self) {
            (_, Self::Ok) => "OK",
            (_, Self::LanguageNotSupported) => "LANGUAGE_NOT_SUPPORTED",
            (Version::V1, Self::ParseError) => "PROTOCOL_PARSE_ERROR",
            (Version::V2, Self::ParseError) => "PARSE_ERROR",
            (_, Self::InvalidRegistration) => "INVALID_REGISTRATION",
            (_, Self::ScopeNotSupported) => "SCOPE_NOT_SUPPORTED",
            (Version::V1, Self::CharsetNotUnderstood) => "CHARSET_NOT_UNDERSTOOD",
            (Version::V2, Self::AuthenticationUnknown) => "AUTHENTICATION_UNKNOWN",
            (_, Self::AuthenticationAbsent) => "AUTHENTICATION_ABSENT",
            (_, Self::AuthenticationFailed) => "AUTHENTICATION_FAILED",
            (Version::V2, Self::VersionNotSupported) => "VER_NOT_SUPPORTED",
            (Version::V2, Self::InternalError) => "INTERNAL_ERROR",
            (Version::V2, Self::DaBusy) => "DA_BUSY_NOW",
            (Version::V2, Self::OptionNotUnderstood) => "OPTION_NOT_UNDERSTOOD",
            (Version::V2, Self::InvalidUpdate) => "INVALID_UPDATE",
            (Version::V2, Self::MessageNotSupported) => "MSG_NOT_SUPPORTED",
            (Version::V2, Self::RefreshRejected) => "REFRESH_REJECTED",
            _ => return None,
        })
    }
}
