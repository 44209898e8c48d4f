//! The DNS records by which clients find the server of a SIP domain, and what the DNS says of them.
//!
//! Source: RFC 2782, RFC 1035 §5, and what Communicator 2007 R2 and SIPE look for: `_sipinternaltls._tcp` and
//! `_sip._tls`, then the hosts `sipinternal`, `sip` and `sipexternal`. Communicator takes a target only within the SIP
//! domain, so the target is there also where the server is called otherwise.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr as _;
use std::time::Duration;

use anyhow::{Context, Result};
use domain::base::iana::Rtype;
use domain::base::{Name, ToName as _};
use domain::rdata::Srv;
use domain::resolv::StubResolver;
use domain::resolv::stub::conf::{ResolvConf, ServerConf, Transport};

/// How long the DNS may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the records may be kept by whoever asked, in seconds.
const TTL: u32 = 3600;

/// A service record: clients who know only the SIP domain are led to a host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Service {
    /// `_sipinternaltls._tcp.boats.example`.
    pub(super) name: String,
    /// `sip.boats.example`.
    pub(super) target: String,
    pub(super) port: u16,
}

/// The records of a SIP domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Records {
    domain: String,
    pub(super) services: Vec<Service>,
    /// Names that lead to the server's addresses; the first is the target of the services.
    pub(super) hosts: Vec<String>,
}

impl Records {
    /// Works out what the DNS should say of a SIP domain, in A-labels, whose server has that name and those ports.
    pub(super) fn of(domain: &str, server: &str, tls: Option<u16>, https: Option<u16>) -> Self {
        let inside = server.strip_suffix(domain).is_some_and(|host| host.ends_with('.'));
        let target = if inside { server.to_owned() } else { format!("sip.{domain}") };
        let service = |name: &str, port: Option<u16>| {
            port.map(|port| Service { name: format!("{name}.{domain}"), target: target.clone(), port })
        };
        let services = [service("_sipinternaltls._tcp", tls.or(https)), service("_sip._tls", https.or(tls))];
        let mut hosts = vec![target.clone()];
        for host in ["sip", "sipinternal", "sipexternal"].map(|host| format!("{host}.{domain}")) {
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        Self { domain: domain.to_owned(), services: services.into_iter().flatten().collect(), hosts }
    }

    /// Writes them in the form of a zone file. Without addresses, lines that lack one are comments.
    pub(super) fn zone(&self, addresses: &[IpAddr]) -> String {
        let mut zone = format!("; How clients find the server of {}.\n", self.domain);
        for Service { name, target, port } in &self.services {
            let _ = writeln!(zone, "{name}. {TTL} IN SRV 0 0 {port} {target}.");
        }
        if addresses.is_empty() {
            zone.push_str(
                "; The server's addresses are not known here: put them in, or name them with --address.\n",
            );
        }
        for host in &self.hosts {
            for address in addresses {
                let kind = if address.is_ipv4() { "A" } else { "AAAA" };
                let _ = writeln!(zone, "{host}. {TTL} IN {kind} {address}");
            }
            if addresses.is_empty() {
                let _ = writeln!(zone, "; {host}. {TTL} IN A ...");
            }
        }
        zone
    }
}

/// Asks the DNS.
#[derive(Debug)]
pub(super) struct Dns(StubResolver);

impl Dns {
    /// Asks the name servers of this machine, or that one alone.
    pub(super) fn new(server: Option<SocketAddr>) -> Self {
        let Some(server) = server else { return Self(StubResolver::new()) };
        let mut conf = ResolvConf::new();
        conf.servers = vec![ServerConf::new(server, Transport::UdpTcp)];
        conf.options.timeout = PATIENCE;
        conf.finalize();
        Self(StubResolver::from_conf(conf))
    }

    /// Returns targets and ports of a service; none when the DNS knows none.
    ///
    /// # Errors
    /// The DNS does not answer.
    pub(super) async fn services(&self, name: &str) -> Result<Vec<(String, u16)>> {
        let name = parse(name)?;
        let query = tokio::time::timeout(PATIENCE, self.0.query((name, Rtype::SRV)));
        let answer = query.await.context("the DNS does not answer")?.context("the DNS does not answer")?;
        let message = answer.into_message();
        let section = message.answer().context("the DNS' answer can't be read")?;
        let records = section.limit_to_in::<Srv<_>>().filter_map(Result::ok);
        Ok(records
            .map(|record| {
                let target = record.data().target().to_name::<Vec<u8>>().to_string().to_ascii_lowercase();
                (target.trim_end_matches('.').to_owned(), record.data().port())
            })
            .collect())
    }

    /// Returns the addresses of a host; none when the DNS knows none.
    ///
    /// # Errors
    /// The DNS does not answer.
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>> {
        let name = parse(host)?;
        let found = tokio::time::timeout(PATIENCE, self.0.lookup_host(&name))
            .await
            .context("the DNS does not answer")?
            .context("the DNS does not answer")?;
        Ok(found.iter().collect())
    }
}

fn parse(name: &str) -> Result<Name<Vec<u8>>> {
    Name::from_str(name).with_context(|| format!("\"{name}\" can't be a name in the DNS"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_leads_both_clients_to_the_server() {
        let records = Records::of("boats.example", "sip.boats.example", Some(5061), Some(443));
        let zone = records.zone(&["192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap()]);
        assert_eq!(
            zone.lines().skip(1).collect::<Vec<_>>(),
            [
                "_sipinternaltls._tcp.boats.example. 3600 IN SRV 0 0 5061 sip.boats.example.",
                "_sip._tls.boats.example. 3600 IN SRV 0 0 443 sip.boats.example.",
                "sip.boats.example. 3600 IN A 192.0.2.7",
                "sip.boats.example. 3600 IN AAAA 2001:db8::7",
                "sipinternal.boats.example. 3600 IN A 192.0.2.7",
                "sipinternal.boats.example. 3600 IN AAAA 2001:db8::7",
                "sipexternal.boats.example. 3600 IN A 192.0.2.7",
                "sipexternal.boats.example. 3600 IN AAAA 2001:db8::7",
            ]
        );
    }

    #[test]
    fn the_target_is_within_the_domain_wherever_the_server_is() {
        for (server, target) in [
            ("im.host.example", "sip.boats.example"),
            ("im.boats.example", "im.boats.example"),
            ("notboats.example", "sip.boats.example"),
            ("boats.example", "sip.boats.example"),
        ] {
            let records = Records::of("boats.example", server, Some(5061), None);
            assert!(records.services.iter().all(|s| s.target == target && s.port == 5061), "{server}");
            assert_eq!(records.hosts.first().map(String::as_str), Some(target));
        }
        let without = Records::of("boats.example", "x.example", Some(5061), Some(443)).zone(&[]);
        assert!(without.contains("; sip.boats.example. 3600 IN A ...") && without.contains("--address"));
    }
}
