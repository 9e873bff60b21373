//! The header that all NLSP packets share [nlsp §3].
