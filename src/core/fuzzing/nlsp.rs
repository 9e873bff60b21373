//! NLSP packets, and link-state packets made of any bytes.

use bytes::Bytes;

use super::check_error;
use crate::wire::nlsp::{
    Csnp, Flags, LSP_HEADER_LEN, LanHello, Lsp, LspEntry, LspId, LspOption, NodeId, Pdu, Psnp,
    Refusal,
};

/// The longest packet that IPX carries; a longer one is read but cannot be written.
const MAX_PACKET: usize = 65_505;

/// NLSP: what decodes survives encoding. The bytes are also taken as the ID and the options of a
/// link-state packet with the right checksum, which random ones do not have.
pub fn nlsp(bytes: &[u8]) {
    let data = Bytes::copy_from_slice(bytes);
    match Pdu::decode(&data) {
        Ok(pdu) => decoded(&data, &pdu),
        Err(refusal) => refused(refusal),
    }
    let Some((id, options)) = bytes.split_first_chunk() else { return };
    let (flags, sequence) = (Flags(id[7]), u32::from(id[0]) + 1);
    let lsp = Lsp::build(LspId::from_bytes(*id), sequence, 7_500, flags, options);
    assert!(options.starts_with(lsp.option_bytes()));
    assert_eq!(Pdu::decode(lsp.bytes()), Ok(Pdu::Lsp(lsp.clone())));
    link_state(&lsp);
}

fn refused(refusal: Refusal) {
    assert!(!refusal.to_string().is_empty());
    if let Refusal::Incorrect(error) = refusal {
        check_error(&error, &["nlsp"]);
    }
}

fn decoded(data: &Bytes, pdu: &Pdu) {
    assert!(!pdu.to_string().is_empty());
    let again = match pdu {
        Pdu::LanHello(hello) => return lan_hello(hello),
        Pdu::WanHello(hello) => hello.encode(),
        Pdu::Lsp(lsp) => {
            assert!(data.starts_with(lsp.bytes()));
            assert_eq!(lsp.bytes().as_ptr(), data.as_ptr(), "the bytes are shared");
            link_state(lsp);
            lsp.bytes().to_vec()
        }
        Pdu::Csnp(csnp) => {
            sequence_numbers(&csnp.entries);
            csnp.encode()
        }
        Pdu::Psnp(psnp) => {
            sequence_numbers(&psnp.entries);
            psnp.encode()
        }
    };
    if data.len() <= MAX_PACKET {
        assert_eq!(Pdu::decode(&again.into()).as_ref(), Ok(pdu));
    }
}

/// All but padding, which may come out one byte shorter.
fn lan_hello(hello: &LanHello) {
    if hello.packet_len > MAX_PACKET {
        return;
    }
    let again = hello.encode();
    let packet_len = again.len();
    assert!(hello.packet_len - packet_len <= 1);
    let expected = LanHello { packet_len, ..hello.clone() };
    assert_eq!(Pdu::decode(&again.into()), Ok(Pdu::LanHello(expected)));
}

/// Other lifetimes, the purge and the options of a packet.
fn link_state(lsp: &Lsp) {
    for lifetime in [1, 7_500, 32_767, 32_768, u16::MAX] {
        // The checksum of a purge counts for nothing, and may be wrong.
        if lsp.lifetime == 0 {
            break;
        }
        let Ok(Pdu::Lsp(older)) = Pdu::decode(&lsp.to_packet(lifetime).into()) else {
            panic!("{lsp:?} is no packet with {lifetime} s to live");
        };
        assert!(older.lifetime >= lifetime);
        assert!(older.same_content(lsp));
        assert_eq!(older.entry(0), lsp.entry(0));
    }
    let purge = lsp.purged();
    assert_eq!((purge.lifetime, purge.bytes().len()), (0, LSP_HEADER_LEN));
    assert_eq!((purge.id, purge.sequence, purge.flags), (lsp.id, lsp.sequence, lsp.flags));
    assert_eq!(Pdu::decode(purge.bytes()), Ok(Pdu::Lsp(purge.clone())));
    assert!(lsp.options().count() <= lsp.option_bytes().len() / 2);
    for option in lsp.options() {
        if let LspOption::Unknown(_) | LspOption::Broken(_) = option {
            continue;
        }
        let mut encoded = Vec::new();
        option.encode(&mut encoded);
        let alone = Lsp::build(lsp.id, 1, 1, Flags::LEVEL_1, &encoded);
        assert_eq!(alone.option_bytes(), encoded);
        assert_eq!(alone.options().collect::<Vec<_>>(), [option]);
    }
}

/// What one kind of packet can tell the other can too.
fn sequence_numbers(entries: &[LspEntry]) {
    let source = NodeId::default();
    let psnp = Psnp { source, entries: entries.to_vec() };
    let (start, end) = (LspId::FIRST, LspId::LAST);
    let csnp = Csnp { source, start, end, entries: entries.to_vec() };
    if entries.len() > Csnp::capacity(MAX_PACKET) {
        return;
    }
    let length = csnp.encode().len();
    assert!(entries.len() <= Csnp::capacity(length) && psnp.encode().len() == length - 16);
    assert_eq!(Pdu::decode(&csnp.encode().into()), Ok(Pdu::Csnp(csnp)));
}
