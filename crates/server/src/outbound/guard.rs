//! Which addresses an outbound call may reach (S18). Decides by address alone, after the name has
//! been resolved; knows nothing of names, sockets and HTTP.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The public internet, and what the settings allow beside it.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allow: Vec<IpNet>,
}

/// IPv4 networks that are not the public internet, each with the RFC or body that sets it aside.
const CLOSED_V4: &[([u8; 4], u8)] = &[
    ([0, 0, 0, 0], 8),        // this network (791)
    ([10, 0, 0, 0], 8),       // private (1918)
    ([100, 64, 0, 0], 10),    // shared by carriers, and one cloud's metadata (6598)
    ([127, 0, 0, 0], 8),      // loopback (1122)
    ([168, 63, 129, 16], 32), // a cloud's own agent, at a public address
    ([169, 254, 0, 0], 16),   // link-local, and most clouds' metadata (3927)
    ([172, 16, 0, 0], 12),    // private (1918)
    ([192, 0, 0, 0], 24),     // protocol assignments (6890)
    ([192, 0, 2, 0], 24),     // documentation (5737)
    ([192, 88, 99, 0], 24),   // relays to IPv6 (7526)
    ([192, 168, 0, 0], 16),   // private (1918)
    ([198, 18, 0, 0], 15),    // benchmarks (2544)
    ([198, 51, 100, 0], 24),  // documentation (5737)
    ([203, 0, 113, 0], 24),   // documentation (5737)
    ([224, 0, 0, 0], 4),      // multicast (5771)
    ([240, 0, 0, 0], 4),      // reserved, and broadcast (1112, 919)
];

impl Guard {
    /// With networks that are allowed although they are not public.
    pub fn new(allow: Vec<IpNet>) -> Guard {
        Guard { allow }
    }

    /// May this address be called?
    pub fn admits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allow.iter().any(|net| net.contains(&address)) || self.is_public(address)
    }

    fn is_public(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(v4) => !CLOSED_V4.iter().any(|(net, bits)| covers(*net, *bits, v4)),
            IpAddr::V6(v6) => match embedded(v6) {
                // A way round: what stands inside is what is reached.
                Some(v4) => self.admits(v4.into()),
                None => is_global(v6),
            },
        }
    }
}

fn covers(net: [u8; 4], bits: u8, address: Ipv4Addr) -> bool {
    let mask = u32::MAX << (32 - u32::from(bits));
    u32::from(address) & mask == u32::from(Ipv4Addr::from(net))
}

/// The IPv4 address that a translator or tunnel makes of this one: NAT64 (6052) and 6to4 (3056).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match s {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(v4(high, low)),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

/// Global unicast is 2000::/3 (4291); within it Teredo (4380), benchmarks, ORCHID (2001::/23) and
/// documentation (3849, 9637) are no servers. All else is local, multicast or unassigned.
fn is_global(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let set_aside = match first {
        0x2001 => second < 0x0200 || second == 0x0db8,
        0x3fff => second < 0x1000,
        _ => false,
    };
    first & 0xe000 == 0x2000 && !set_aside
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn admits(guard: &Guard, address: &str) -> bool {
        guard.admits(address.parse().unwrap())
    }

    #[test]
    fn s18_private_local_and_metadata_addresses_are_refused_in_every_disguise() {
        let guard = Guard::default();
        for closed in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
        ] {
            assert!(!admits(&guard, closed), "{closed}");
        }
    }

    #[test]
    fn s18_the_public_internet_is_reached() {
        let guard = Guard::default();
        for open in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "172.15.0.1",
            "172.32.0.1",
            "192.167.1.1",
            "223.255.255.254",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
            "2002:101:101::1",
            "2606:4700:4700::1111",
            "2a00:1450:4001::1",
        ] {
            assert!(admits(&guard, open), "{open}");
        }
    }

    #[test]
    fn what_the_settings_allow_is_reached_and_nothing_beside_it() {
        let guard = Guard::new(vec!["10.1.0.0/16".parse().unwrap(), "fd12::/16".parse().unwrap()]);
        assert!(admits(&guard, "10.1.2.3") && admits(&guard, "::ffff:10.1.2.3") && admits(&guard, "fd12::1"));
        assert!(admits(&guard, "64:ff9b::10.1.2.3"));
        assert!(!admits(&guard, "10.2.0.1") && !admits(&guard, "127.0.0.1") && !admits(&guard, "fd13::1"));
    }
}
