//! The address a request comes from, seen through the proxies that the operator has named.
use http::HeaderMap;
use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

/// A network: `10.0.0.0/8`, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: u128,
    mask: u128,
}

/// The text is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address or network, such as 10.0.0.0/8")]
pub struct NotANetwork;

/// An address as IPv6; IPv4 is mapped, so that `::ffff:1.2.3.4` and `1.2.3.4` are one.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl Network {
    /// Whether the address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        bits(address) & self.mask == self.address
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, length) = match text.trim().split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().map_err(|_| NotANetwork)?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let (all, outside) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let length = length.unwrap_or(all);
        if length > all {
            return Err(NotANetwork);
        }
        let mask = u128::MAX.checked_shl(128 - (length + outside)).unwrap_or(0);
        Ok(Self { address: bits(address) & mask, mask })
    }
}

/// The last address of `X-Forwarded-For` that is not one of our proxies', if the peer is one; else the peer.
pub fn source_address(peer: Option<IpAddr>, headers: &HeaderMap, proxies: &[Network]) -> Option<IpAddr> {
    let ours = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
    let mut source = peer?;
    if !ours(source) {
        return peer;
    }
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for text in forwarded.iter().rev() {
        let Some(address) = forwarded_address(text.trim()) else { break };
        source = address;
        if !ours(source) {
            break;
        }
    }
    Some(source)
}

/// An address as proxies write it: alone, in brackets, or with a port. IPv4 within IPv6 is IPv4.
fn forwarded_address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse().ok().map(|with_port: SocketAddr| with_port.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
        }
        let proxies = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        source_address(Some(peer.parse().unwrap()), &headers, &proxies).unwrap().to_string()
    }

    #[test]
    fn only_configured_proxies_are_believed() {
        assert_eq!(seen("1.1.1.1", &["2.2.2.2"]), "1.1.1.1");
        assert_eq!(seen("10.1.1.1", &["2.2.2.2"]), "2.2.2.2");
        assert_eq!(seen("10.1.1.1", &["9.9.9.9, 2.2.2.2", "10.0.0.2"]), "2.2.2.2");
        assert_eq!(seen("::ffff:10.1.1.1", &["2.2.2.2"]), "2.2.2.2");
        assert_eq!(seen("10.1.1.1", &["9.9.9.9, nonsense"]), "10.1.1.1");
        assert_eq!(seen("fd00::1", &[]), "fd00::1");
    }

    #[test]
    fn an_address_is_read_as_proxies_write_it() {
        for (written, address) in [
            ("::ffff:2.2.2.2", "2.2.2.2"),
            ("2.2.2.2:4711", "2.2.2.2"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("2.2.2.2:", "10.1.1.1"),
            ("unknown", "10.1.1.1"),
        ] {
            assert_eq!(seen("10.1.1.1", &[written]), address, "{written}");
        }
    }

    #[test]
    fn networks_are_parsed() {
        let net = |text: &str| text.parse::<Network>();
        assert!(net("0.0.0.0/0").unwrap().contains("255.1.1.1".parse().unwrap()));
        assert!(!net("0.0.0.0/0").unwrap().contains("2001::1".parse().unwrap()));
        assert!(net("::/0").unwrap().contains("2001::1".parse().unwrap()));
        assert!(!net("192.0.2.1").unwrap().contains("192.0.2.2".parse().unwrap()));
        for text in ["", "1.2.3", "1.2.3.4/33", "::/129", "1.2.3.4/x"] {
            assert_eq!(net(text), Err(NotANetwork), "{text}");
        }
    }
}
