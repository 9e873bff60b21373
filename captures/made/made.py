#!/usr/bin/env python3
"""Builds the captures of this folder, byte by byte: the cases that no other capture has.

Usage: made.py [FOLDER]   (default: beside this file)

Every header is placed with struct, big-endian, from the offsets of the documents named in
docs/references.md; no protocol library and nothing of the product is used, so what the product
makes of these files is checked against a second reading of the formats. Needs python 3.8.

The world of all files: our agent is 02:69:70:78:00:00 on a LAN with one network for each framing
(A1 Ethernet II, A2 802.2, A3 raw 802.3, A4 SNAP), and 192.0.2.1 on CMD network FFFFFFFD with the
peers 192.0.2.2 (network B2, internal network DEAD0002) and 192.0.2.3."""
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = sys.argv[1] if len(sys.argv) > 1 else HERE

ALL = b"\xff" * 6                               # the broadcast node
ONE = b"\0\0\0\0\0\1"                           # the node of a server on its internal network
US = bytes.fromhex("026970780000")              # our agent on the LAN
CLIENT = bytes.fromhex("0200000000c1")          # a client on the LAN
SERVER = bytes.fromhex("0200000000f5")          # a server and router on the LAN
FAR = bytes.fromhex("0200000000d2")             # a host on network B2
A1, A2, A3, A4, B2, CMD = 0xA1, 0xA2, 0xA3, 0xA4, 0xB2, 0xFFFFFFFD
FAR_INTERNAL, LAN_INTERNAL = 0xDEAD0002, 0xDEAD0001
WE, PEER, OTHER, STRANGER = "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.99"
RIP, SAP, NETBIOS, DIAGNOSTICS, NLSP, PING = 0x453, 0x452, 0x455, 0x456, 0x9001, 0x9086
PORT = 2654


# ---------------------------------------------------------------------------- IPX and above

def ipx(to, source, kind, data, tc=0, checksum=0xFFFF, length=None):
    """`to` and `source` are (network, node, socket)."""
    head = struct.pack(">HHBB", checksum, 30 + len(data) if length is None else length, tc, kind)
    for network, node, socket in (to, source):
        head += struct.pack(">I", network) + node + struct.pack(">H", socket)
    return head + data


def ipx_sum(packet):
    """The checksum of a packet: over bytes 2 to its end with byte 4 taken as 0."""
    body = bytearray(packet[2:])
    body[2] = 0
    total = ones_sum(bytes(body))
    return ~total & 0xFFFF if total else 0


def ones_sum(data):
    total = sum(struct.unpack(">%dH" % ((len(data) + 1) // 2), data + b"\0" * (len(data) & 1)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def with_sum(packet):
    return struct.pack(">H", ipx_sum(packet)) + packet[2:]


def rip(operation, entries):
    return struct.pack(">H", operation) + b"".join(struct.pack(">IHH", *e) for e in entries)


def rip_request(*networks):
    return rip(1, [(network, 0xFFFF, 0xFFFF) for network in networks])


def sap_query(operation, kind):
    return struct.pack(">HH", operation, kind)


def sap_entry(kind, name, network, node, socket, hops):
    return (struct.pack(">H", kind) + name.encode().ljust(48, b"\0") + struct.pack(">I", network)
            + node + struct.pack(">HH", socket, hops))


def sap(operation, *entries):
    return struct.pack(">H", operation) + b"".join(entries)


def ping(reply, data):
    return b"Ping" + struct.pack(">BBHBB", 1, reply, 0x1234, reply, 0) + data


def type20(networks, data=b"\0\1SOMEBODY       \0"):
    return b"".join(struct.pack(">I", n) for n in networks).ljust(32, b"\0") + data


def pattern(size):
    return bytes(n * 7 % 251 for n in range(size))


# ---------------------------------------------------------------------------- links

def padded(frame):
    return frame.ljust(60, b"\0")


def ethernet_ii(packet, to=US, source=CLIENT):
    return to + source + b"\x81\x37" + packet


def framed(llc):
    def frame(packet, to=US, source=CLIENT):
        return to + source + struct.pack(">H", len(llc) + len(packet)) + llc + packet
    return frame


raw = framed(b"")
llc = framed(b"\xe0\xe0\x03")
snap = framed(b"\xaa\xaa\x03\0\0\0\x81\x37")
FRAMINGS = ((A1, ethernet_ii), (A2, llc), (A3, raw), (A4, snap))


def ip4(text):
    return bytes(int(part) for part in text.split("."))


def cmd_node(text):
    return b"\x7e\x01" + ip4(text)


def udp(payload, source=PEER, to=WE, sport=PORT, dport=PORT, checksum=None):
    """`checksum`: None for the right one, "none" for 0, "offloaded" for the sum of the pseudo
    header, "wrong" for another."""
    size = 8 + len(payload)
    pseudo = ip4(source) + ip4(to) + struct.pack(">HH", 17, size)
    head = struct.pack(">HHH", sport, dport, size)
    right = ~ones_sum(pseudo + head + b"\0\0" + payload) & 0xFFFF or 0xFFFF
    value = {None: right, "none": 0, "offloaded": ones_sum(pseudo), "wrong": right ^ 0x0101}
    return head + struct.pack(">H", value[checksum]) + payload


IDENT = [0]


def ip(payload, source=PEER, to=WE, ident=None, offset=0, more=False, protocol=17):
    if ident is None:
        IDENT[0] += 1
        ident = IDENT[0]
    flags = (0x2000 if more else 0) | offset // 8
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), ident, flags, 64, protocol, 0)
    head += ip4(source) + ip4(to)
    return head[:10] + struct.pack(">H", ~ones_sum(head) & 0xFFFF) + head[12:] + payload


def fragments(payload, mtu, **addresses):
    IDENT[0] += 1
    room = (mtu - 20) // 8 * 8
    starts = range(0, len(payload), room)
    return [ip(payload[s:s + room], ident=IDENT[0], offset=s, more=s + room < len(payload),
               **addresses) for s in starts]


def in_ethernet(packet):
    mac = lambda address: b"\x02\0" + address
    return mac(packet[16:20]) + mac(packet[12:16]) + b"\x08\0" + packet


def cmd(packet, source=PEER, to=WE, **how):
    return in_ethernet(ip(udp(packet, source, to, **how), source, to))


# ---------------------------------------------------------------------------- files

def pcap(name, link, packets):
    """`packets`: (seconds, bytes)."""
    with open(os.path.join(OUT, name), "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link))
        for time, packet in packets:
            micros = round(time * 1000000) + 1000000 * 1000000
            file.write(struct.pack("<IIII", micros // 1000000, micros % 1000000, len(packet),
                                   len(packet)) + packet)
    print("%-28s %3d packets" % (name, len(packets)))


def pcapng(name, interfaces, packets):
    """`interfaces`: link types; `packets`: (seconds, interface, bytes). Big-endian, nanoseconds
    on the first interface and microseconds on the others."""
    def block(kind, body):
        body = body.ljust((len(body) + 3) // 4 * 4, b"\0")
        size = struct.pack(">I", 12 + len(body))
        return struct.pack(">I", kind) + size + body + size
    with open(os.path.join(OUT, name), "wb") as file:
        file.write(block(0x0A0D0D0A, struct.pack(">IHHq", 0x1A2B3C4D, 1, 0, -1)))
        for number, link in enumerate(interfaces):
            resolution = struct.pack(">HHB3xHH", 9, 1, 9, 0, 0) if number == 0 else b""
            file.write(block(1, struct.pack(">HHI", link, 0, 0) + resolution))
        for time, number, packet in packets:
            units = 10 ** 9 if number == 0 else 10 ** 6
            stamp = round(time * units) + 1000000 * units
            file.write(block(6, struct.pack(">IIIII", number, stamp >> 32, stamp & 0xFFFFFFFF,
                                            len(packet), len(packet)) + packet))
    print("%-28s %3d packets" % (name, len(packets)))


# ---------------------------------------------------------------------------- the cases

def peer_tells(hops=1, source=PEER):
    """What a peer broadcasts on the CMD network: its LAN, its internal network, its server."""
    here = (CMD, cmd_node(source))
    routes = rip(2, [(B2, hops, 2), (FAR_INTERNAL, hops, 2)])
    services = sap(2, sap_entry(4, "FAR1", FAR_INTERNAL, ONE, 0x451, hops))
    return (ipx((CMD, ALL, RIP), here + (RIP,), 1, routes),
            ipx((CMD, ALL, SAP), here + (SAP,), 4, services))


def cmd_network():
    """Life on a CMD network: routes, services, questions, data, fragments, goodbye."""
    peer, other = (CMD, cmd_node(PEER)), (CMD, cmd_node(OTHER))
    far, near = (B2, FAR, 0x4100), (A1, CLIENT, 0x4100)
    routes, services = peer_tells()
    large = ipx(near, far, 0, pattern(1470), tc=1)
    in_order, reverse, lone = (fragments(udp(large), 1500) for _ in range(3))
    tiny = fragments(udp(large), 576)
    out = [(1.0, cmd(routes)), (1.2, cmd(services))]
    out += [
        (2.0, cmd(ipx((CMD, ALL, RIP), other + (RIP,), 1, rip_request(0xFFFFFFFF)), OTHER)),
        (2.2, cmd(ipx((CMD, ALL, SAP), other + (SAP,), 4, sap_query(1, 0xFFFF)), OTHER)),
        (2.4, cmd(ipx((CMD, ALL, SAP), other + (0x4003,), 17, sap_query(3, 4)), OTHER)),
        (3.0, cmd(ipx(near, far, 0, pattern(70), tc=1))),
        (3.1, cmd(ipx(near, far, 0, pattern(71), tc=1))),
        (3.2, cmd(ipx((A3, CLIENT, 0x4100), far, 17, pattern(71), tc=1))),
        (4.0, in_ethernet(in_order[0])), (4.0, in_ethernet(in_order[1])),
        (5.0, in_ethernet(reverse[1])), (5.0, in_ethernet(reverse[0])),
        (6.0, in_ethernet(lone[0])),
        (7.0, in_ethernet(tiny[0])), (7.1, in_ethernet(tiny[2])), (7.2, in_ethernet(tiny[1])),
        (8.0, cmd(ipx((A2, CLIENT, 0x4100), far, 0, pattern(1440), tc=1))),
        (8.1, in_ethernet(fragments(udp(ipx((A2, CLIENT, 0x4100), far, 0, pattern(1470), tc=1)),
                                    1500)[0])),
    ]
    too_big = fragments(udp(ipx((A2, CLIENT, 0x4100), far, 0, pattern(1470), tc=1)), 1500)
    out += [(8.2, in_ethernet(part)) for part in too_big]
    out += [
        (9.0, cmd(ipx((CMD, cmd_node(WE), PING), peer + (0x4010,), 4, ping(0, pattern(20))))),
        (9.5, cmd(ipx((CMD, cmd_node(OTHER), 0x4100), peer + (0x4100,), 0, b"relay me"))),
        (9.6, cmd(ipx((B2, FAR, 0x4100), other + (0x4100,), 0, b"onward", tc=1), OTHER)),
        (9.7, cmd(ipx((B2, FAR, 0x4100), far, 0, b"back to you", tc=1))),
    ]
    routes, services = peer_tells(hops=16)
    out += [(20.0, cmd(services)), (20.1, cmd(routes)), (25.0, cmd(services))]
    return out


def cmd_refused():
    """What a CMD network must not take: each for another reason, from 12.2 of the document."""
    routes, services = peer_tells()
    far, near = (B2, FAR, 0x4100), (A1, CLIENT, 0x4100)
    data = ipx(near, far, 0, b"data", tc=1)
    spoofed = ipx((CMD, ALL, RIP), (CMD, cmd_node(OTHER), RIP), 1, rip(2, [(0xBAD, 1, 2)]))
    unknown = ipx((CMD, ALL, RIP), (0, cmd_node(PEER), RIP), 1, rip_request(0xFFFFFFFF))
    nobody = ipx((CMD, cmd_node("192.0.2.77"), 0x4100), far, 0, b"to no peer", tc=1)
    foreign = ipx((CMD, ALL, RIP), (CMD, cmd_node(STRANGER), RIP), 1, rip(2, [(0xBAD, 1, 2)]))
    hello = ipx((CMD, ALL, NLSP), (CMD, cmd_node(STRANGER), NLSP), 0, b"\x83\x1b\1\0\x11\1\0\0")
    return [
        (1.0, cmd(routes)),
        (2.0, cmd(foreign, STRANGER)), (2.1, cmd(hello, STRANGER)),
        (3.0, cmd(spoofed)), (3.1, cmd(unknown)), (3.2, cmd(nobody)),
        (4.0, cmd(data, sport=40000)), (4.1, cmd(data, dport=2645)),
        (5.0, cmd(data[:29])), (5.1, cmd(b"")), (5.2, cmd(ipx(near, far, 0, b"", length=29))),
        (5.3, cmd(ipx(near, far, 0, b"short", length=60))),
        (6.0, cmd(data + b"trailing bytes")),
        (7.0, cmd(data, checksum="wrong")), (7.1, cmd(data, checksum="none")),
        (7.2, cmd(data, checksum="offloaded")),
        (8.0, cmd(data, to="192.0.2.200")),
        (8.1, in_ethernet(ip(b"\x08\0\xf7\xff\0\0\0\0", protocol=1))),
        (9.0, cmd(hello.replace(cmd_node(STRANGER), cmd_node(PEER)))),
    ]


def odd_lengths():
    """Packets of even and odd length from each framing to each other one, bare, evenised and
    padded; and to the far side of a CMD network."""
    routes, services = peer_tells()
    out, time = [(0.5, cmd(routes)), (0.6, cmd(services))], 1.0
    for number, (network, frame) in enumerate(FRAMINGS):
        for size in (0, 3, 16, 17, 70, 71, 1461):
            for to, _ in FRAMINGS[:number] + FRAMINGS[number + 1:] + ((B2, None),):
                packet = ipx((to, FAR, 0x4100), (network, CLIENT, 0x4100), 0, pattern(size))
                sent = frame(packet + (b"\x6a" if size == 71 else b""))
                out.append((time, sent.ljust(60, b"\xee") if size == 3 else padded(sent)))
                time += 0.01
    return out


def forwarding():
    """The rules of section 8: hop counts, broadcasts, checksums, sizes, unknown networks."""
    routes, services = peer_tells()
    here, there = (A1, CLIENT, 0x4100), (A2, FAR, 0x4100)
    plain = lambda to, data=b"data", **how: ethernet_ii(ipx(to, here, 0, data, **how))
    out = [(0.5, cmd(routes))]
    out += [(1 + n / 10, plain(there, tc=tc))
            for n, tc in enumerate((0, 1, 14, 15, 16, 17, 127, 255))]
    us = (A1, US, PING)
    out += [(2 + n / 10, plain(us, ping(0, b"hops"), tc=tc)) for n, tc in enumerate((15, 16, 17))]
    summed = with_sum(ipx(there, here, 0, b"summed"))
    wrong = b"\x12\x34" + summed[2:]
    to_raw = with_sum(ipx((A3, FAR, 0x4100), here, 0, b"summed"))
    out += [
        (3.0, ethernet_ii(summed)), (3.1, ethernet_ii(wrong)), (3.2, ethernet_ii(to_raw)),
        (3.3, ethernet_ii(b"\x12\x34" + to_raw[2:])), (3.4, ethernet_ii(b"\0\0" + to_raw[2:])),
        (3.5, ethernet_ii(with_sum(ipx(us, here, 4, ping(0, b"summed"))))),
        (3.6, ethernet_ii(b"\x12\x34" + ipx(us, here, 4, ping(0, b"wrong"))[2:])),
        (3.7, ethernet_ii(b"\0\0" + ipx(us, here, 4, ping(0, b"zero"))[2:])),
        (4.0, plain((0x7777, FAR, 0x4100))), (4.1, plain((0xFFFFFFFF, FAR, 0x4100))),
        (4.2, plain((0xFFFFFFFE, FAR, 0x4100))), (4.3, plain((A1, FAR, 0x4100))),
        (4.4, plain((0, FAR, 0x4100))), (4.5, plain((CMD, cmd_node("192.0.2.77"), 0x4100))),
        (4.6, plain((CMD, cmd_node(OTHER), 0x4100))),
        (5.0, plain((A2, ALL, 0x4100))), (5.1, plain((CMD, ALL, 0x4100))),
        (5.2, plain((B2, ALL, 0x4100))),
        (5.3, ethernet_ii(ipx((A2, ALL, 0x4100), here, 0, b"both broadcast"), to=ALL)),
        (5.4, ethernet_ii(ipx((A2, FAR, 0x4100), here, 0, b"elsewhere"), to=ALL)),
        (5.5, ethernet_ii(ipx((0, ALL, 0x869C), (0,) + here[1:], 4, b"a game"), to=ALL)),
        (6.0, plain(there, pattern(1470))), (6.1, plain((A4, FAR, 0x4100), pattern(1470))),
        (6.2, plain((A3, FAR, 0x4100), pattern(1470))),
        (6.3, plain((B2, FAR, 0x4100), pattern(1470))),
        (7.0, ethernet_ii(ipx(there, (A1, ALL, 0x4100), 0, b"from all"))),
        (7.1, ethernet_ii(ipx(there, (A1, b"\1\0\x5e\0\0\1", 0x4100), 0, b"from a group"))),
        (7.2, ethernet_ii(ipx(there, here, 0, b"ours"), source=US)),
        (7.3, ethernet_ii(ipx(there, here, 0, b"for another"), to=SERVER)),
        (7.4, ethernet_ii(ipx((A2, FAR, 0x4100), (0,) + here[1:], 0, b"net 0"))),
        (7.5, plain((A1, US, 0x4444))), (7.6, plain((A2, US, PING), ping(0, b"other side"))),
    ]
    return out


def type_20():
    """Propagated packets between the framings and over the CMD network, and where they stop."""
    host = (0, CLIENT, NETBIOS)
    out = [(0.5, cmd(peer_tells()[0]))]
    def lan(time, networks, tc, source=host, data=None, frame=ethernet_ii):
        # Without a NetBIOS body on another socket, where no decoder expects one.
        body, socket = (type20(networks), NETBIOS) if data is None else (data, 0x6181)
        out.append((time, padded(frame(ipx((0, ALL, socket), source, 20, body, tc=tc), to=ALL))))
    lan(1.0, [], 0)
    lan(2.0, [0xC1], 1, (0xC1, FAR, NETBIOS), frame=llc)
    lan(3.0, [0xC1, A2], 2, (0xC1, FAR, NETBIOS))
    lan(4.0, [0xC1, A1], 2, (0xC1, FAR, NETBIOS))
    for time, tc in ((5.0, 7), (6.0, 8), (7.0, 9)):
        lan(time, range(0xC1, 0xC1 + min(tc, 8)), tc, (0xC1, FAR, NETBIOS))
    lan(8.0, [], 0, data=b"\0" * 31)
    lan(8.1, [], 0, data=b"\0" * 32)
    lan(8.2, [], 0, data=b"\xde\xad\xbe\xef" * 8 + b"left-over list")
    far = ipx((CMD, ALL, NETBIOS), (B2, FAR, NETBIOS), 20, type20([B2]), tc=1)
    out.append((9.0, cmd(far)))
    one = ipx((A2, FAR, NETBIOS), (A1, CLIENT, NETBIOS), 20, type20([]))
    out.append((10.0, ethernet_ii(one)))
    out += [(11 + n / 1000, ethernet_ii(ipx((0, ALL, NETBIOS), host, 20, type20([])), to=ALL))
            for n in range(70)]
    return out


def malformed():
    """Frames and packets that are wrong, each in another way; one sound one among them."""
    here = (A1, CLIENT, 0x4100)
    to_all = lambda packet, frame=ethernet_ii: padded(frame(packet, to=ALL))
    by_server = lambda packet: padded(ethernet_ii(packet, to=ALL, source=SERVER))
    rip_packet = lambda data, socket=RIP, net=A1: by_server(
        ipx((net, ALL, RIP), (net, SERVER, socket), 1, data))
    sap_packet = lambda data, kind=4: to_all(ipx((0, ALL, SAP), (0, CLIENT, 0x4010), kind, data))
    good = ipx((0, ALL, RIP), (0, CLIENT, 0x4005), 1, rip_request(A2))
    mac = ALL + CLIENT
    frames = [
        b"", mac[:11], mac, mac + b"\x81", mac + b"\x81\x37", mac + b"\x81\x37" + good[:29],
        mac + b"\x81\0", mac + b"\x81\0\0\5\x81", mac + b"\x81\0\0\5\x81\x37" + good,
        mac + struct.pack(">H", len(good) + 9) + good,              # 802.3 length beyond the frame
        mac + b"\x06\0" + good, mac + b"\x05\xf0" + good,           # XNS; between length and type
        mac + b"\x05\xdc" + good, mac + b"\0\0", mac + b"\0\1\xff",
        to_all(good, framed(b"\xaa\xaa\x03\0\0\x0c\x81\x37")),
        to_all(good, framed(b"\x42\x42\x03")),
        to_all(good, framed(b"\xe0\xe0")), to_all(good, framed(b"\xaa\xaa\x03\0\0\0\x81")),
        mac + b"\x86\xdd" + b"\x60" + bytes(39), mac + b"\x08\x06" + bytes(28),
    ]
    frames += [to_all(ipx((A1, ALL, RIP), here, 1, rip_request(A2), length=n))
               for n in (0, 29, 30, 39, 41, 600, 0xFFFF)]
    frames += [rip_packet(struct.pack(">H", op) + struct.pack(">IHH", 0xBAD, 1, 2))
               for op in (0, 3, 6, 7, 8, 9, 11, 0xFFFF)]
    frames += [rip_packet(b""), rip_packet(b"\0"), rip_packet(b"\0\1"), rip_packet(b"\0\2"),
               rip_packet(rip(2, [(0xC1, 1, 2)]) + b"\0\0\0"),
               rip_packet(rip(2, [(0xBAD, 1, 2)]), socket=0x4005),
               rip_packet(rip(2, [(0xBAD, 1, 2)]), net=0x99),
               rip_packet(rip(2, [(0, 1, 2), (0xFFFFFFFF, 1, 2), (A1, 1, 2), (A2, 1, 2),
                                  (0xFFFFFFFE, 1, 2), (0xC2, 15, 2), (0xC3, 16, 2),
                                  (0xC4, 0xFFFF, 2), (0xC5, 1, 0xFFFF), (0xC6, 0, 0)])),
               rip_packet(rip(2, [(0x1000 + n, 1, 2) for n in range(70)]))]
    frames += [sap_packet(data, kind) for data, kind in (
        (b"", 4), (b"\0\1", 4), (b"\0\3\0", 17), (sap_query(3, 0xFFFF), 17), (sap_query(5, 4), 4),
        (sap_query(3, 0x9999), 17), (sap_query(1, 0x9999), 4))]
    entry = lambda n, net=LAN_INTERNAL, hops=1: sap_entry(4, "FS%d" % n, net, ONE, 0x451, hops)
    frames += [by_server(ipx((A1, ALL, SAP), (A1, SERVER, SAP), 4, data)) for data in (
        sap(2, *[entry(n) for n in range(9)]), sap(2, entry(20)) + pattern(10),
        sap(2, entry(21, 0x7777)), sap(2, entry(22, hops=16)), sap(2, entry(23, hops=0)),
        struct.pack(">HH", 2, 7) + b"\x80\xff\x01" * 16 + entry(24)[50:], b"\0\2" + entry(25)[:40])]
    frames += [to_all(ipx((A1, ALL, PING), here, 4, ping(0, b"all"))),
               ethernet_ii(ipx((A1, US, PING), here, 4, ping(1, b"no request"))),
               ethernet_ii(ipx((A1, US, PING), here, 4, b"Pong" + bytes(6))),
               ethernet_ii(ipx((A1, US, PING), here, 4, b"Pin")),
               ethernet_ii(ipx((A1, US, DIAGNOSTICS), here, 4, b"\0")),
               ethernet_ii(ipx((A1, US, DIAGNOSTICS), here, 4, b"\1" + US)),
               ethernet_ii(ipx((A1, US, DIAGNOSTICS), here, 4, b"\5" + US))]
    out = [(0.5, rip_packet(rip(2, [(LAN_INTERNAL, 1, 2)])))]
    out += [(1 + n / 10, frame) for n, frame in enumerate(frames)]
    return out + [(20.0, to_all(good))]


def requests():
    """Questions of clients in every framing: RIP, SAP, nearest server, by net 0 and by number."""
    routes, services = peer_tells()
    out, time = [(0.5, cmd(routes)), (0.6, cmd(services))], 2.0
    for network, frame in FRAMINGS:
        for net in (0, network):
            ask = lambda socket, data, kind, source: padded(frame(
                ipx((net, ALL, socket), (net, CLIENT, source), kind, data), to=ALL))
            for packet in (
                    ask(RIP, rip_request(0xFFFFFFFF), 1, RIP),
                    ask(RIP, rip_request(network), 1, 0x4005),
                    ask(RIP, rip_request(FAR_INTERNAL, 0x7777, network), 0, 0x4005),
                    ask(SAP, sap_query(1, 0xFFFF), 4, SAP), ask(SAP, sap_query(1, 4), 0, 0x4006),
                    ask(SAP, sap_query(3, 4), 17, 0x4003), ask(SAP, sap_query(3, 4), 0, SAP),
                    ask(SAP, sap_query(3, 0x278), 4, 0x4003)):
                out.append((time, packet))
                time += 0.25
    return out


def main():
    for name, build in (("cmd-network", cmd_network), ("cmd-refused", cmd_refused),
                        ("odd-lengths", odd_lengths), ("forwarding", forwarding),
                        ("type-20", type_20), ("malformed", malformed), ("requests", requests)):
        IDENT[0] = 0
        pcap(name + ".pcap", 1, build())
    IDENT[0] = 0
    backbone = [(time, frame[14:]) for time, frame in cmd_network()]
    pcap("cmd-network.raw-ip.pcap", 101, backbone)
    pcap("cmd-network.null.pcap", 0, [(time, b"\2\0\0\0" + packet) for time, packet in backbone])
    IDENT[0] = 0
    halves = [(time, 0, frame) if n % 2 else (time, 1, frame[14:])
              for n, (time, frame) in enumerate(cmd_network())]
    halves.insert(5, (2.3, 2, b"\x0f\0\x81\x37 neither Ethernet nor IP"))
    pcapng("cmd-network.pcapng", (1, 228, 104), halves)


if __name__ == "__main__":
    main()
