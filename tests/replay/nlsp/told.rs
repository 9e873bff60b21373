//! The fields that tshark names, and what they must be for a packet of ours.

use std::collections::BTreeMap;

use ipxway_core::wire::nlsp::{
    Area, Csnp, ExternalRoute, LanHello, LinkState, Lsp, LspEntry, LspId, LspOption, NodeId, Pdu,
    Psnp, SystemId, WanHello,
};
use ipxway_core::wire::{NetworkNumber, NodeAddress};

/// What is asked of tshark.
pub(crate) const FIELDS: [&str; 64] = [
    "nlsp.irpd",
    "nlsp.header_length",
    "nlsp.minor_version",
    "nlsp.nr",
    "nlsp.type",
    "nlsp.major_version",
    "nlsp.packet_length",
    "nlsp.unknown_code",
    "nlsp.hello.state",
    "nlsp.hello.multicast",
    "nlsp.hello.circuit_type",
    "nlsp.hello.sending_router_system_id",
    "nlsp.hello.holding_timer",
    "nlsp.hello.priority",
    "nlsp.hello.local_wan_circuit_id",
    "nlsp.hello.designated_router_system_id",
    "nlsp.hello.designated_router_pseudonode_id",
    "nlsp.area_address.network_number",
    "nlsp.area_address.mask",
    "nlsp.neighbor",
    "nlsp.hello_local_mtu.mtu_size",
    "nlsp.remaining_lifetime",
    "nlsp.lsp_id_system_id",
    "nlsp.lsp_id_pseudonode_id",
    "nlsp.lsp_id_lsp_number",
    "nlsp.sequence_number",
    "nlsp.lsp.checksum",
    "nlsp.lsp.lspdbol",
    "nlsp.lsp.router_type",
    "nlsp.mgt_info.network_number",
    "nlsp.mgt_info.node_number",
    "nlsp.mgt_info.ipx_version_number",
    "nlsp.mgt_info.name",
    "nlsp.lsp.link_info_clv.flags.cost_present",
    "nlsp.lsp.link_info_clv.flags.cost",
    "nlsp.link_info.router_system_id",
    "nlsp.link_info.router_pseudonode_id",
    "nlsp.link_info.mtu_size",
    "nlsp.link_info.delay",
    "nlsp.link_info.throughput",
    "nlsp.link_info.media_type",
    "nlsp.svcs_info.hops_to_reach_the_service",
    "nlsp.svcs_info.network_number",
    "nlsp.svcs_info.node_number",
    "nlsp.svcs_info.socket",
    "nlsp.svcs_info.type",
    "nlsp.svcs_info.service_name",
    "nlsp.ext_routes.hops",
    "nlsp.ext_routes.network_number",
    "nlsp.ext_routes.rip_delay",
    "nlsp.csnp.source_id_system_id",
    "nlsp.csnp.start_lsp_id_source_id",
    "nlsp.csnp.start_lsp_id_lsp_number",
    "nlsp.csnp.end_lsp_id_source_id",
    "nlsp.csnp.end_lsp_id_pseudonode_id",
    "nlsp.csnp.lsp_id_source_id",
    "nlsp.csnp.lsp_id_pseudonode_id",
    "nlsp.csnp.lsp_id_lsp_number",
    "nlsp.csnp.lsp_sequence_number",
    "nlsp.csnp.remaining_lifetime",
    "nlsp.csnp.lsp_checksum",
    "nlsp.psnp.source_id_system_id",
    "nlsp.psnp.lsp_id_source_id",
    "nlsp.psnp.lsp_sequence_number",
];

/// Values by field.
#[derive(Default)]
struct Told(BTreeMap<&'static str, Vec<String>>);

/// The values of every field in the order of [`FIELDS`].
pub(crate) fn values(pdu: &Pdu) -> Vec<Vec<String>> {
    let mut told = Told::default();
    match pdu {
        Pdu::LanHello(hello) => told.lan_hello(hello),
        Pdu::WanHello(hello) => told.wan_hello(hello),
        Pdu::Lsp(lsp) => told.lsp(lsp),
        Pdu::Csnp(csnp) => told.csnp(csnp),
        Pdu::Psnp(psnp) => told.psnp(psnp),
    }
    let values = FIELDS.map(|field| told.0.remove(field).unwrap_or_default()).to_vec();
    assert!(told.0.is_empty(), "not asked of tshark: {:?}", told.0.keys());
    values
}

fn ether(bytes: [u8; 6]) -> String {
    bytes.map(|byte| format!("{byte:02x}")).join(":")
}

impl Told {
    fn text(&mut self, field: &'static str, value: String) {
        self.0.entry(field).or_default().push(value);
    }

    fn number(&mut self, field: &'static str, value: impl Into<u64>) {
        self.text(field, value.into().to_string());
    }

    fn system(&mut self, field: &'static str, system: SystemId) {
        self.text(field, ether(system.0));
    }

    fn node(&mut self, field: &'static str, node: NodeAddress) {
        self.text(field, ether(node.0));
    }

    fn network(&mut self, field: &'static str, network: NetworkNumber) {
        self.number(field, network.0);
    }

    fn header(&mut self, header: u8, kind: u8, length: usize) {
        self.number("nlsp.irpd", 0x83u8);
        self.number("nlsp.header_length", header);
        self.number("nlsp.minor_version", 1u8);
        self.number("nlsp.type", kind);
        self.number("nlsp.major_version", 1u8);
        self.number("nlsp.packet_length", u64::try_from(length).unwrap());
    }

    fn hello(&mut self, system: SystemId, holding_time: u16, areas: &[Area], mtu: Option<u32>) {
        self.number("nlsp.hello.circuit_type", 1u8);
        self.system("nlsp.hello.sending_router_system_id", system);
        self.number("nlsp.hello.holding_timer", holding_time);
        self.areas(areas);
        mtu.into_iter().for_each(|mtu| self.number("nlsp.hello_local_mtu.mtu_size", mtu));
    }

    fn areas(&mut self, areas: &[Area]) {
        for area in areas {
            self.network("nlsp.area_address.network_number", area.network);
            self.number("nlsp.area_address.mask", area.mask);
        }
    }

    fn lan_hello(&mut self, hello: &LanHello) {
        let encoded = hello.encode();
        self.header(27, 15, encoded.len());
        self.hello(hello.system, hello.holding_time, &hello.areas, hello.local_mtu);
        self.number("nlsp.hello.multicast", hello.no_multicast);
        self.number("nlsp.hello.priority", hello.priority);
        self.dr(hello.lan_id);
        for node in &hello.neighbours {
            self.node("nlsp.neighbor", *node);
        }
        let mtu = hello.local_mtu.map_or(0, |_| 6);
        let options = LanHello::len_without_padding(hello.areas.len(), hello.neighbours.len());
        // Padding is unknown to tshark: its options but for an empty one at the end.
        let mut rest = encoded.len() - (options - 6 + mtu);
        while rest > 2 {
            self.number("nlsp.unknown_code", 8u8);
            // The last two options share what one alone would leave a single byte of.
            rest -= if rest == 258 { 256 } else { rest.min(257) };
        }
    }

    fn dr(&mut self, lan_id: NodeId) {
        self.system("nlsp.hello.designated_router_system_id", lan_id.system);
        self.number("nlsp.hello.designated_router_pseudonode_id", lan_id.pseudonode);
    }

    fn wan_hello(&mut self, hello: &WanHello) {
        self.header(21, 17, hello.encode().len());
        self.hello(hello.system, hello.holding_time, &hello.areas, hello.local_mtu);
        let state = match hello.state {
            LinkState::Up => 0u8,
            LinkState::Initializing => 1,
            LinkState::Down => 2,
        };
        self.number("nlsp.hello.state", state);
        self.number("nlsp.hello.priority", hello.priority.expect("a header of 21 bytes"));
        self.number("nlsp.hello.local_wan_circuit_id", hello.circuit);
    }

    fn lsp(&mut self, lsp: &Lsp) {
        self.header(27, 18, lsp.bytes().len());
        self.number("nlsp.nr", lsp.non_routing);
        self.number("nlsp.remaining_lifetime", lsp.lifetime);
        self.system("nlsp.lsp_id_system_id", lsp.id.node.system);
        self.number("nlsp.lsp_id_pseudonode_id", lsp.id.node.pseudonode);
        self.number("nlsp.lsp_id_lsp_number", lsp.id.number);
        self.number("nlsp.sequence_number", lsp.sequence);
        self.number("nlsp.lsp.checksum", lsp.checksum);
        self.number("nlsp.lsp.lspdbol", lsp.flags.overloaded());
        self.number("nlsp.lsp.router_type", lsp.flags.0 & 3);
        lsp.options().for_each(|option| self.option(&option));
    }

    fn option(&mut self, option: &LspOption<'_>) {
        match option {
            LspOption::Areas(areas) => self.areas(areas),
            LspOption::Management(told) => {
                self.network("nlsp.mgt_info.network_number", told.network);
                self.node("nlsp.mgt_info.node_number", told.node);
                self.number("nlsp.mgt_info.ipx_version_number", 1u8);
                if !told.name.is_empty() {
                    let name = String::from_utf8(told.name.to_vec()).unwrap();
                    self.text("nlsp.mgt_info.name", name);
                }
            }
            LspOption::Link(link) => {
                self.number("nlsp.lsp.link_info_clv.flags.cost_present", link.cost.is_none());
                if let Some(cost) = link.cost {
                    self.number("nlsp.lsp.link_info_clv.flags.cost", cost);
                }
                self.system("nlsp.link_info.router_system_id", link.neighbour.system);
                self.number("nlsp.link_info.router_pseudonode_id", link.neighbour.pseudonode);
                self.number("nlsp.link_info.mtu_size", link.mtu);
                self.number("nlsp.link_info.delay", link.delay_us);
                self.number("nlsp.link_info.throughput", link.throughput_bps);
                self.number("nlsp.link_info.media_type", link.media.0);
            }
            LspOption::Service(service) => {
                self.number("nlsp.svcs_info.hops_to_reach_the_service", service.hops);
                self.network("nlsp.svcs_info.network_number", service.address.network);
                self.node("nlsp.svcs_info.node_number", service.address.node);
                self.number("nlsp.svcs_info.socket", service.address.socket.0);
                self.number("nlsp.svcs_info.type", service.service_type.0);
                self.text("nlsp.svcs_info.service_name", service.name.to_string());
            }
            LspOption::External(routes) => routes.clone().for_each(|route| self.route(route)),
            LspOption::Unknown(code) | LspOption::Broken(code) => {
                panic!("an option {code} of ours")
            }
        }
    }

    fn route(&mut self, route: ExternalRoute) {
        self.number("nlsp.ext_routes.hops", route.hops);
        self.network("nlsp.ext_routes.network_number", route.network);
        self.number("nlsp.ext_routes.rip_delay", route.ticks);
    }

    fn csnp(&mut self, csnp: &Csnp) {
        self.header(33, 24, csnp.encode().len());
        self.system("nlsp.csnp.source_id_system_id", csnp.source.system);
        self.system("nlsp.csnp.start_lsp_id_source_id", csnp.start.node.system);
        self.number("nlsp.csnp.start_lsp_id_lsp_number", csnp.start.number);
        self.system("nlsp.csnp.end_lsp_id_source_id", csnp.end.node.system);
        self.number("nlsp.csnp.end_lsp_id_pseudonode_id", csnp.end.node.pseudonode);
        for entry in &csnp.entries {
            let LspEntry { lifetime, id: LspId { node, number }, sequence, checksum } = *entry;
            self.system("nlsp.csnp.lsp_id_source_id", node.system);
            self.number("nlsp.csnp.lsp_id_pseudonode_id", node.pseudonode);
            self.number("nlsp.csnp.lsp_id_lsp_number", number);
            self.number("nlsp.csnp.lsp_sequence_number", sequence);
            self.number("nlsp.csnp.remaining_lifetime", lifetime);
            self.number("nlsp.csnp.lsp_checksum", checksum);
        }
    }

    fn psnp(&mut self, psnp: &Psnp) {
        self.header(17, 26, psnp.encode().len());
        self.system("nlsp.psnp.source_id_system_id", psnp.source.system);
        for entry in &psnp.entries {
            self.system("nlsp.psnp.lsp_id_source_id", entry.id.node.system);
            self.number("nlsp.psnp.lsp_sequence_number", entry.sequence);
        }
    }
}
