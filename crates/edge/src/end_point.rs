//! The hash of the server's certificate to which a client can tie what it says over TLS: tls-server-end-point
//! (RFC 5929 §4).
//!
//! The algorithm is the one that the certificate was signed with, but SHA-256 in the place of MD5 and SHA-1. For a
//! signature that hashes by none or by one that isn't known here, where the RFC leaves the value undefined, it is SHA-256
//! as well: a client that sends something else is refused rather than believed.

use std::sync::Arc;

use aws_lc_rs::digest::{self, Algorithm, SHA224, SHA256, SHA384, SHA512};

use crate::der::{OBJECT_IDENTIFIER, SEQUENCE, element, expect};

/// PKCS #1, 1.2.840.113549.1.1 (RFC 8017 appendix C).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
/// ecdsa-with-SHA2, 1.2.840.10045.4.3 (RFC 5758 §3.2).
const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];
/// The hashes of NIST, 2.16.840.1.101.3.4.2 (RFC 4055 §2.1).
const HASHES: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];
/// Where RSASSA-PSS says which hash it takes: a parameter that is tagged with 0 (RFC 4055 §3.1).
const PSS_HASH: u8 = 0xa0;

/// Returns the hash of a certificate in DER.
pub(crate) fn end_point(certificate: &[u8]) -> Arc<[u8]> {
    let algorithm = hash_of_signature(certificate).unwrap_or(&SHA256);
    digest::digest(algorithm, certificate).as_ref().into()
}

/// Finds the hash by which a certificate was signed, if it is one of SHA-2.
fn hash_of_signature(certificate: &[u8]) -> Option<&'static Algorithm> {
    let (outer, _) = expect(certificate, SEQUENCE)?;
    let (_signed, rest) = expect(outer, SEQUENCE)?;
    let (algorithm, _) = expect(rest, SEQUENCE)?;
    let (identifier, parameters) = expect(algorithm, OBJECT_IDENTIFIER)?;
    if let Some(kind) = identifier.strip_prefix(RSA) {
        return match kind {
            [10] => hash_of_pss(parameters),
            [11] => Some(&SHA256),
            [12] => Some(&SHA384),
            [13] => Some(&SHA512),
            [14] => Some(&SHA224),
            _ => None,
        };
    }
    match identifier.strip_prefix(ECDSA)? {
        [1] => Some(&SHA224),
        [2] => Some(&SHA256),
        [3] => Some(&SHA384),
        [4] => Some(&SHA512),
        _ => None,
    }
}

fn hash_of_pss(parameters: &[u8]) -> Option<&'static Algorithm> {
    let (parameters, _) = expect(parameters, SEQUENCE)?;
    let (PSS_HASH, tagged, _) = element(parameters)? else { return None };
    let (algorithm, _) = expect(tagged, SEQUENCE)?;
    let (identifier, _) = expect(algorithm, OBJECT_IDENTIFIER)?;
    match identifier.strip_prefix(HASHES)? {
        [1] => Some(&SHA256),
        [2] => Some(&SHA384),
        [3] => Some(&SHA512),
        [4] => Some(&SHA224),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_and_foreign_bytes_have_the_hash_of_every_other_certificate() {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).expect("a key");
        let made = rcgen::CertificateParams::default().self_signed(&key).expect("a certificate");
        assert_eq!(end_point(made.der()).len(), 48);
        for len in 0..made.der().len() {
            assert_eq!(end_point(made.der().get(..len).expect("in range")).len(), 32, "cut to {len}");
        }
        assert_eq!(end_point(b"not DER at all").len(), 32);
    }
}
