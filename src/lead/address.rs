//! Who asks, behind load balancers: the address that the last one we trust has seen.

use std::net::{IpAddr, Ipv6Addr};

/// `forwarded`: the values of `X-Forwarded-For`, first field first. Each proxy appends whom it was asked by, so with
/// `hops` proxies of ours the visitor is the one that stands so many from the right; what is left of that anybody can
/// have written. With none of ours it is whoever is connected.
pub fn client<'a>(
    forwarded: impl DoubleEndedIterator<Item = &'a [u8]>,
    hops: usize,
    peer: Option<IpAddr>,
) -> Option<IpAddr> {
    let Some(place) = hops.checked_sub(1) else { return peer };
    let entry = forwarded.rev().flat_map(|field| field.rsplit(|&b| b == b',')).nth(place)?;
    let text = std::str::from_utf8(entry).ok()?.trim();
    let bare = text.trim_start_matches('[').split(']').next().unwrap_or_default();
    // Some write the port behind it.
    bare.parse().ok().or_else(|| text.rsplit_once(':').and_then(|(host, _)| host.parse().ok()))
}

/// One subscriber: an IPv4 address, or the half of an IPv6 one that a network is given.
pub fn subscriber(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{client, subscriber};

    #[test]
    fn only_what_our_own_proxies_wrote_counts() {
        let peer = Some("10.0.0.9".parse().unwrap());
        for (fields, hops, expected) in [
            (&[][..], 0, Some("10.0.0.9")),
            (&["1.1.1.1"][..], 0, Some("10.0.0.9")),
            (&[], 1, None),
            (&["203.0.113.7"], 1, Some("203.0.113.7")),
            (&["6.6.6.6, 203.0.113.7"], 1, Some("203.0.113.7")),
            (&["6.6.6.6", "203.0.113.7"], 1, Some("203.0.113.7")),
            (&["6.6.6.6, 203.0.113.7, 10.1.1.1"], 2, Some("203.0.113.7")),
            (&["203.0.113.7"], 2, None),
            (&["203.0.113.7:4711"], 1, Some("203.0.113.7")),
            (&["[2001:db8::1]:4711"], 1, Some("2001:db8::1")),
            (&["2001:db8::1"], 1, Some("2001:db8::1")),
            (&["unknown"], 1, None),
            (&["\u{1f697}"], 1, None),
        ] {
            let found = client(fields.iter().map(|field| field.as_bytes()), hops, peer);
            assert_eq!(found.map(|address| address.to_string()).as_deref(), expected, "{fields:?} {hops}");
        }
    }

    #[test]
    fn a_subscriber_has_many_addresses() {
        for (address, expected) in [
            ("203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
        ] {
            assert_eq!(subscriber(address.parse().unwrap()).to_string(), expected);
        }
    }
}
