//! From configured addresses to listening sockets, with the key named when one can't be had.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use rapport_edge::{Bounds, CertStore, Edge, EdgeConfig, Listen, ListenError, Offer};
use tokio::net::TcpListener;

use crate::config::{Origin, Settings};

/// Opens every configured address. One that is only a default is left out where this machine can't have it.
pub(super) fn open_edge(settings: &Settings, certificates: &Arc<CertStore>) -> Result<Edge> {
    let mut wanted: Vec<(&'static str, Listen)> = Vec::new();
    for (key, addresses, offer) in [
        ("listen.tls", &settings.listen_tls, Offer::Sip),
        ("listen.https", &settings.listen_https, Offer::SipAndHttp),
        ("listen.tcp", &settings.listen_tcp, Offer::PlainSip),
    ] {
        wanted.extend(addresses.0.iter().map(|address| (key, Listen { address: *address, offer })));
    }
    let bounds = Bounds {
        handshake: settings.limit_handshake.0,
        first_bytes: settings.limit_sign_in.0,
        per_address: settings.limit_connections_per_address,
        rate_per_address: settings.limit_connection_rate_per_address,
        total: settings.limit_connections,
    };
    loop {
        let listen = wanted.iter().map(|(_, listen)| *listen).collect();
        let error = match Edge::open(EdgeConfig { listen, bounds, certificates: certificates.clone() }) {
            Ok(edge) => return Ok(edge),
            Err(error) => error,
        };
        let address = error.address();
        let place = wanted.iter().position(|(_, listen)| listen.address == address);
        let key = place.and_then(|n| wanted.get(n)).map_or("listen", |(key, _)| *key);
        let default = settings.origins.get(key).is_none_or(|origin| *origin == Origin::Default);
        let unavailable = matches!(error, ListenError::NoSuchAddress(_) | ListenError::NotAllowed(_));
        match place {
            Some(place) if default && unavailable && wanted.len() > 1 => {
                tracing::warn!("{key}: not listening on {address}, a default address: {error}");
                wanted.remove(place);
            }
            _ => return Err(explain(key, settings.origins.get(key), error)),
        }
    }
}

fn explain(key: &str, origin: Option<&Origin>, error: ListenError) -> anyhow::Error {
    // Whoever gave an option on the command line knows that, not the key behind it.
    let (name, set) = match origin {
        Some(Origin::CommandLine(option)) => ((*option).to_owned(), format!("give another {option}")),
        Some(origin @ (Origin::File(..) | Origin::Environment(_))) => {
            (format!("{key} ({origin})"), format!("set {key}"))
        }
        Some(Origin::Default) | None => (key.to_owned(), format!("set {key}")),
    };
    let remedy = match &error {
        ListenError::InUse(_) => format!("stop it or {set}"),
        ListenError::NotAllowed(_) => format!("grant it, or {set}, with a port above 1023"),
        ListenError::NoSuchAddress(_) | ListenError::NotLoopback(_) | ListenError::Other { .. } => set,
    };
    let sentence = format!("{name}: {error}; {remedy}");
    match error {
        ListenError::Other { source, .. } => anyhow!(source).context(sentence),
        ListenError::InUse(_)
        | ListenError::NotAllowed(_)
        | ListenError::NoSuchAddress(_)
        | ListenError::NotLoopback(_) => anyhow!(sentence),
    }
}

pub(super) async fn open_metrics(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("listen.metrics: cannot listen on {address}; stop what listens there, or set listen.metrics")
    })
}

/// Returns the port by which clients reach the pool: the first that speaks SIP over TLS.
pub(super) fn port(settings: &Settings) -> u16 {
    let all = [&settings.listen_tls, &settings.listen_https, &settings.listen_tcp];
    all.iter().find_map(|addresses| addresses.0.first()).map_or(5061, SocketAddr::port)
}
