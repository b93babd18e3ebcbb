//! Who is behind a trusted proxy. Everybody else's word about where they come from is ignored.

use std::net::{IpAddr, SocketAddr};

use hyper::HeaderMap;

/// Each proxy adds the address that it saw to the right end of this header.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Peers whose `X-Forwarded-For` is believed; `Forwarded` and `X-Real-IP` are never read.
pub(super) struct TrustedProxies(Vec<IpAddr>);

impl TrustedProxies {
    pub(super) fn new(addresses: &[IpAddr]) -> Self {
        Self(addresses.iter().map(IpAddr::to_canonical).collect())
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Where a request comes from that `peer` passes on: the right-most address that is not
    /// itself a trusted proxy, since whatever is left of it the client may have made up. What is
    /// no address ends the search at the proxy that passed it on.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = headers.get_all(FORWARDED_FOR).iter();
        let mut hops = lines.rev().flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        let mut client = peer;
        while self.contains(client)
            && let Some(before) = hops.next().and_then(parse)
        {
            client = before;
        }
        client
    }
}

/// An address, with or without a port, as proxies write them.
fn parse(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    hop.parse().ok().or_else(|| hop.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn client(peer: &str, lines: &[&'static str]) -> String {
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let proxies = TrustedProxies::new(&[address("192.0.2.1"), address("2001:db8::1")]);
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
        }
        proxies.client(address(peer), &headers).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed_and_only_what_they_saw() {
        for (peer, lines, expected) in [
            ("198.51.100.7", &["203.0.113.9"][..], "198.51.100.7"),
            ("127.0.0.1", &["203.0.113.9"], "127.0.0.1"),
            ("192.0.2.1", &["203.0.113.9"], "203.0.113.9"),
            ("::ffff:192.0.2.1", &["203.0.113.9"], "203.0.113.9"),
            ("192.0.2.1", &["1.2.3.4, 203.0.113.9"], "203.0.113.9"),
            ("192.0.2.1", &["1.2.3.4", "203.0.113.9 ,2001:db8::1"], "203.0.113.9"),
            ("192.0.2.1", &["203.0.113.9:4711"], "203.0.113.9"),
            ("192.0.2.1", &["[2001:db8::7]:4711"], "2001:db8::7"),
            ("192.0.2.1", &["1.2.3.4, nonsense"], "192.0.2.1"),
            ("192.0.2.1", &["1.2.3.4, \t, 2001:db8::1"], "2001:db8::1"),
            ("192.0.2.1", &["2001:db8::1"], "2001:db8::1"),
            ("192.0.2.1", &[], "192.0.2.1"),
        ] {
            assert_eq!(client(peer, lines), expected, "{peer} {lines:?}");
        }
    }
}
