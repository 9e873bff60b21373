//! The diagnostic responder on socket 0456: the configuration request and its answer
//! [ipx-rip-sap §16.2]. The layout is by document; no analyser decodes it.

use super::{DecodeError, NetworkNumber, NodeAddress, Reader};

/// The most nodes that a request can exclude.
pub const MAX_EXCLUSIONS: usize = 80;

/// A configuration request: all but the excluded nodes shall answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Nodes that shall stay silent.
    pub exclusions: Vec<NodeAddress>,
}

impl Request {
    /// Decodes the data of an IPX packet to socket 0456.
    ///
    /// # Errors
    /// `diagnostics.count` if it is missing or more than 80, `diagnostics.exclusions` if there are
    /// fewer than it says.
    pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(data);
        let count = usize::from(reader.u8("diagnostics.count")?);
        if count > MAX_EXCLUSIONS {
            let most = MAX_EXCLUSIONS as u64;
            return Err(DecodeError::out_of_range("diagnostics.count", count as u64, 0, most));
        }
        let exclusions =
            (0..count).map(|_| reader.node("diagnostics.exclusions")).collect::<Result<_, _>>()?;
        Ok(Self { exclusions })
    }

    /// The data of the IPX packet; exclusions beyond 80 are left out.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let listed = self.exclusions.get(..MAX_EXCLUSIONS).unwrap_or(&self.exclusions);
        let mut data = vec![u8::try_from(listed.len()).unwrap_or(0)];
        listed.iter().for_each(|node| data.extend_from_slice(&node.0));
        data
    }
}

/// What kind of network a router component has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalNetworkKind {
    /// 0: a LAN board.
    Lan,
    /// 1: internal or virtual.
    Virtual,
    /// 2: a redirected remote line.
    Remote,
    /// Any other value.
    Other(u8),
}

/// A network of a router component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalNetwork {
    /// What kind of network it is.
    pub kind: LocalNetworkKind,
    /// Its number.
    pub network: NetworkNumber,
    /// The component's node on it.
    pub node: NodeAddress,
}

/// A part of the answering machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Component {
    /// Identifiers 0 to 4: IPX/SPX, LAN driver, shell driver, shell, VAP shell.
    Simple(u8),
    /// Identifiers from 5 on: routers and servers, with their networks.
    Router {
        /// 5 external router, 6 file server with internal router, 7 non-dedicated.
        id: u8,
        /// Its networks.
        networks: Vec<LocalNetwork>,
    },
}

/// The answer to a configuration request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Major and minor version of the responder: 1.0 for servers and routers.
    pub version: (u8, u8),
    /// The socket for SPX diagnostics; 0 if there is none.
    pub spx_socket: u16,
    /// The parts of the machine.
    pub components: Vec<Component>,
}

/// The identifier of the IPX/SPX component.
pub const COMPONENT_IPX_SPX: u8 = 0;
/// The identifier of an external router.
pub const COMPONENT_ROUTER: u8 = 5;

impl Response {
    /// Decodes an answer.
    ///
    /// # Errors
    /// The field that is cut off.
    pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(data);
        let version = (reader.u8("diagnostics.major")?, reader.u8("diagnostics.minor")?);
        let spx_socket = reader.u16("diagnostics.spx_socket")?;
        let count = reader.u8("diagnostics.components")?;
        let components =
            (0..count).map(|_| Component::decode(&mut reader)).collect::<Result<_, _>>()?;
        Ok(Self { version, spx_socket, components })
    }

    /// The data of the IPX packet; at most 255 components, and 255 networks in each, are written.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut data = vec![self.version.0, self.version.1];
        data.extend_from_slice(&self.spx_socket.to_be_bytes());
        let listed = self.components.get(..255).unwrap_or(&self.components);
        data.push(u8::try_from(listed.len()).unwrap_or(u8::MAX));
        listed.iter().for_each(|component| component.encode(&mut data));
        data
    }
}

impl Component {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let id = reader.u8("diagnostics.component")?;
        if id < COMPONENT_ROUTER {
            return Ok(Self::Simple(id));
        }
        let count = reader.u8("diagnostics.networks")?;
        let mut network = || -> Result<LocalNetwork, DecodeError> {
            let kind = match reader.u8("diagnostics.network_kind")? {
                0 => LocalNetworkKind::Lan,
                1 => LocalNetworkKind::Virtual,
                2 => LocalNetworkKind::Remote,
                other => LocalNetworkKind::Other(other),
            };
            let network = reader.network("diagnostics.network")?;
            Ok(LocalNetwork { kind, network, node: reader.node("diagnostics.node")? })
        };
        let networks = (0..count).map(|_| network()).collect::<Result<_, _>>()?;
        Ok(Self::Router { id, networks })
    }

    fn encode(&self, data: &mut Vec<u8>) {
        match self {
            Self::Simple(id) => data.push(*id),
            Self::Router { id, networks } => {
                let listed = networks.get(..255).unwrap_or(networks);
                data.extend_from_slice(&[*id, u8::try_from(listed.len()).unwrap_or(u8::MAX)]);
                for network in listed {
                    data.push(match network.kind {
                        LocalNetworkKind::Lan => 0,
                        LocalNetworkKind::Virtual => 1,
                        LocalNetworkKind::Remote => 2,
                        LocalNetworkKind::Other(other) => other,
                    });
                    data.extend_from_slice(&network.network.0.to_be_bytes());
                    data.extend_from_slice(&network.node.0);
                }
            }
        }
    }
}
