//! What of circuits, routes and services goes into our own link-state packets
//! [nlsp §10.1, §13.1, §13.3].
