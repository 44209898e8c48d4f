//! The server's own listeners, as something on this machine meets them: whether the right thing answers on each, and
//! which certificates are shown.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::SystemTime;

use rapport_edge::{Authorities, Seen};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::certificate::{authority, coverage, validity};
use super::{Check, PATIENCE};
use crate::config::Settings;

const REMEDY: &str = "see in the server's log why it does not listen there, or what else does: ss -ltnp";
const OPTIONS: &[u8] = b"OPTIONS sip:doctor.invalid SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5;branch=z9hG4bKdoctor\r\n\
    From: <sip:doctor@doctor.invalid>;tag=1\r\nTo: <sip:doctor.invalid>\r\nCall-ID: doctor\r\nCSeq: 1 OPTIONS\r\n\
    Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Looks at every listener, and at every certificate that one of them shows.
pub(super) async fn listeners(settings: &Settings, now: SystemTime) -> Vec<Check> {
    let mut checks = Vec::new();
    let name = settings.effective_server_name();
    // Mostly all show the same one; each that differs is judged.
    let mut certificates: Vec<(Seen, Vec<String>)> = Vec::new();
    for (key, addresses) in [("listen.tls", &settings.listen_tls), ("listen.https", &settings.listen_https)] {
        for address in &addresses.0 {
            match rapport_edge::probe(reachable(*address), &name, PATIENCE).await {
                Ok(seen) => {
                    checks.push(Check::good(key, format!("{address} speaks TLS")));
                    let place = format!("{key} {address}");
                    match certificates.iter_mut().find(|(other, _)| *other == seen) {
                        Some((_, places)) => places.push(place),
                        None => certificates.push((seen, vec![place])),
                    }
                }
                Err(error) => checks.push(Check::bad(key, format!("{address}: {error}"), REMEDY)),
            }
        }
    }
    let plain =
        settings.listen_tcp.0.iter().map(|address| ("listen.tcp", *address, OPTIONS, "SIP/2.0 ", "SIP"));
    let metrics = settings.listen_metrics.0.iter();
    let metrics = metrics.map(|address| ("listen.metrics", *address, HEALTH, "HTTP/1.1 200 ", "HTTP"));
    for (key, address, question, answer, speaks) in plain.chain(metrics) {
        checks.push(match ask(reachable(address), question, answer.as_bytes()).await {
            Ok(()) => Check::good(key, format!("{address} speaks {speaks}")),
            Err(error) => Check::bad(key, format!("{address}: {error}"), REMEDY),
        });
    }
    let trusted = Authorities::of_system();
    for (seen, places) in &certificates {
        let places = places.join(", ");
        checks.push(validity(seen.validity(), now, &places));
        checks.push(coverage("certificate", seen.covers(&name), &name, &places));
        checks.push(authority(trusted.as_ref().map(|trusted| seen.leads_to(trusted)), &places));
    }
    checks
}

/// Sees that what answers there begins as it should.
async fn ask(address: SocketAddr, question: &[u8], answer: &[u8]) -> io::Result<()> {
    let asked = tokio::time::timeout(PATIENCE, async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(question).await?;
        let mut found = vec![0; answer.len()];
        stream.read_exact(&mut found).await?;
        Ok(found)
    });
    match asked.await {
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
        Ok(Err(error)) => Err(error),
        Ok(Ok(found)) if found == answer => Ok(()),
        Ok(Ok(_)) => Err(io::Error::other("something else answers there")),
    }
}

/// The address by which this machine reaches a listener on any of its addresses.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
