//! The checksum of link-state packets [nlsp §6.2].
