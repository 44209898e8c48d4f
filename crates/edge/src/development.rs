//! The development certificate: a small certificate authority of its own, and a server certificate under it.
//!
//! The authority stays, so that whoever trusts `dev-ca.pem` goes on doing so when the server certificate is made anew
//! (because it ends soon or the names changed). Keys are ECDSA over P-256, in files that only the owner reads.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};

use crate::certificate::{CertificateError, read, serves};
use crate::files::write;

const DAY: Duration = Duration::from_secs(86_400);
const AUTHORITY_LIFE: u32 = 3650;
const SERVER_LIFE: u32 = 397;
/// A certificate that ends within this time is made anew.
pub(crate) const RENEW_BEFORE: Duration = Duration::from_secs(14 * 86_400);

/// Returns the files of the server certificate and its key, made where there are none that serve.
pub(crate) fn ensure(
    directory: &Path,
    names: &[String],
    now: SystemTime,
) -> Result<(PathBuf, PathBuf), CertificateError> {
    let (certificate, key) = (directory.join("dev-cert.pem"), directory.join("dev-key.pem"));
    let mut all: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    all.extend(names.iter().filter(|name| !all.contains(name)).cloned().collect::<Vec<_>>());
    let soon = now + RENEW_BEFORE;
    if serves(&certificate, &all, now, soon) && key.exists() {
        return Ok((certificate, key));
    }
    fs::create_dir_all(directory)
        .map_err(|source| CertificateError::Write { file: directory.to_owned(), source })?;
    let authority = authority(directory, now)?;
    let (chain, private) = make_server(&authority, all, now).map_err(made)?;
    write(&key, private.as_bytes(), 0o600)?;
    write(&certificate, chain.as_bytes(), 0o644)?;
    Ok((certificate, key))
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

fn authority(directory: &Path, now: SystemTime) -> Result<Authority, CertificateError> {
    let (certificate, key) = (directory.join("dev-ca.pem"), directory.join("dev-ca-key.pem"));
    let lasts = now + DAY * SERVER_LIFE;
    if key.exists() && serves(&certificate, &[], now, lasts) {
        let pem = String::from_utf8_lossy(&read(&certificate)?).into_owned();
        let private = String::from_utf8_lossy(&read(&key)?).into_owned();
        let private = KeyPair::from_pem(&private).map_err(|_| CertificateError::NoKey(key))?;
        return Ok(Authority { issuer: Issuer::new(authority_params(now), private), pem });
    }
    let (issuer, pem, private) = make_authority(now).map_err(made)?;
    write(&key, private.as_bytes(), 0o600)?;
    write(&certificate, pem.as_bytes(), 0o644)?;
    Ok(Authority { issuer, pem })
}

fn make_authority(now: SystemTime) -> Result<(Issuer<'static, KeyPair>, String, String), rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let params = authority_params(now);
    let pem = params.self_signed(&key)?.pem();
    let private = key.serialize_pem();
    Ok((Issuer::new(params, key), pem, private))
}

/// The authority's name and key tie a server certificate to it; the dates don't matter there.
fn authority_params(now: SystemTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named("Rapport development authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = (now - DAY).into();
    params.not_after = (now + DAY * AUTHORITY_LIFE).into();
    params
}

fn make_server(
    authority: &Authority,
    names: Vec<String>,
    now: SystemTime,
) -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let common_name = names.last().map_or("localhost", String::as_str).to_owned();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = named(&common_name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.not_before = (now - DAY).into();
    params.not_after = (now + DAY * SERVER_LIFE).into();
    let certificate = params.signed_by(&key, &authority.issuer)?;
    Ok((format!("{}{}", certificate.pem(), authority.pem), key.serialize_pem()))
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn made(error: rcgen::Error) -> CertificateError {
    CertificateError::Make(error.to_string())
}
