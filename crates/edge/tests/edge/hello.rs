//! ClientHellos made by hand, so that they can offer what no TLS library offers any more (RFC 5246 §7.4.1.2).

/// What a ClientHello offers.
pub(crate) struct Hello {
    /// Version of the record and of the hello: 3.0 is SSL 3, 3.1 to 3.3 are TLS 1.0 to 1.2.
    pub(crate) version: [u8; 2],
    pub(crate) suites: Vec<u16>,
    pub(crate) compressions: Vec<u8>,
}

impl Hello {
    /// A good one of TLS 1.2.
    pub(crate) fn new() -> Self {
        Self { version: [3, 3], suites: vec![0xC02B], compressions: vec![0] }
    }

    /// The handshake message, without records around it.
    pub(crate) fn message(&self) -> Vec<u8> {
        let mut body = self.version.to_vec();
        body.extend([0x5A; 32]);
        body.push(0);
        let suites: Vec<u8> = self.suites.iter().flat_map(|suite| suite.to_be_bytes()).collect();
        body.extend(sized(&suites));
        body.push(u8::try_from(self.compressions.len()).expect("a few"));
        body.extend(&self.compressions);
        let name = [&[0][..], &sized(b"sip.test.example")].concat();
        let mut extensions = Vec::new();
        for (kind, content) in [
            (0_u16, sized(&name)),
            // Groups: x25519, secp256r1, secp384r1.
            (10, sized(&[0, 0x1D, 0, 0x17, 0, 0x18])),
            (11, vec![1, 0]),
            // Signatures: ECDSA and RSA with SHA-256 to SHA-512, PSS, Ed25519.
            (13, sized(&[4, 3, 5, 3, 6, 3, 8, 4, 8, 5, 8, 6, 4, 1, 5, 1, 6, 1, 8, 7])),
            (23, vec![]),
        ] {
            extensions.extend(kind.to_be_bytes());
            extensions.extend(sized(&content));
        }
        body.extend(sized(&extensions));
        let length = u32::try_from(body.len()).expect("below 16 MiB").to_be_bytes();
        [&[1][..], &length[1..], &body].concat()
    }

    /// The message in records of at most `size` octets.
    pub(crate) fn records(&self, size: usize) -> Vec<u8> {
        in_records(self.version, &self.message(), size)
    }
}

/// A handshake message cut into records.
pub(crate) fn in_records(version: [u8; 2], message: &[u8], size: usize) -> Vec<u8> {
    message.chunks(size).flat_map(|part| [&[22][..], &version, &sized(part)].concat()).collect()
}

/// Octets behind their length in two octets.
fn sized(octets: &[u8]) -> Vec<u8> {
    let length = u16::try_from(octets.len()).expect("below 64 KiB").to_be_bytes();
    [&length[..], octets].concat()
}
