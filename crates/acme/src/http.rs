//! HTTPS to an ACME server: one connection a request, with bounds on time and size. No redirect is followed.

use std::io;
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{HOST, HeaderValue};
use hyper::http::uri::Scheme;
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::error::AcmeError;

const WITHIN: Duration = Duration::from_secs(30);
/// More than a directory, an order or a chain ever has.
const LARGEST: usize = 256 * 1024;

pub(crate) struct Https {
    tls: TlsConnector,
}

impl Https {
    /// Trusts the authorities in that PEM file, or those that the system trusts.
    pub(crate) fn new(authority: Option<&Path>) -> Result<Self, AcmeError> {
        let mut roots = RootCertStore::empty();
        match authority {
            Some(file) => {
                let wrong = || AcmeError::Authority(file.to_owned());
                for certificate in CertificateDer::pem_file_iter(file).map_err(|_| wrong())? {
                    roots.add(certificate.map_err(|_| wrong())?).map_err(|_| wrong())?;
                }
                if roots.is_empty() {
                    return Err(wrong());
                }
            }
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                if roots.is_empty() {
                    return Err(AcmeError::NoAuthorities);
                }
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Other(Box::new(error)))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(config)) })
    }
}

impl HttpClient for Https {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let tls = self.tls.clone();
        Box::pin(async move {
            let to = request.uri().clone();
            let answer = timeout(WITHIN, exchange(tls, request)).await.unwrap_or_else(|_| {
                Err(io::Error::new(io::ErrorKind::TimedOut, "no answer within 30 seconds").into())
            });
            answer.map_err(|error| {
                Error::Other(
                    format!("{} can't be asked: {error}", to.authority().map_or("", |a| a.as_str())).into(),
                )
            })
        })
    }
}

async fn exchange(
    tls: TlsConnector,
    mut request: Request<BodyWrapper<Bytes>>,
) -> Result<BytesResponse, Box<dyn std::error::Error + Send + Sync>> {
    let uri = request.uri().clone();
    let (Some(host), Some(authority)) = (uri.host(), uri.authority()) else { return Err("no host".into()) };
    if uri.scheme() != Some(&Scheme::HTTPS) {
        return Err("it is not asked but over HTTPS".into());
    }
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let tcp = TcpStream::connect((host.as_str(), uri.port_u16().unwrap_or(443))).await?;
    let stream = tls.connect(ServerName::try_from(host)?, tcp).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    request.headers_mut().insert(HOST, HeaderValue::from_str(authority.as_str())?);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = path.parse::<Uri>()?;
    let mut answer = pin!(async move {
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let bytes = Limited::new(body, LARGEST).collect().await?.to_bytes();
        Ok(BytesResponse::from(Response::from_parts(parts, Full::new(bytes))))
    });
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        // It may have ended after its answer, which is then there to be read.
        _ = connection => answer.await,
    }
}
