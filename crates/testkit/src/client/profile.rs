//! Who a scripted client is, and how it behaves where nobody tells it.

use rapport_model::{Epid, Timestamp};
use rapport_sip::StatusCode;
use rapport_sipauth::ntlm::{ChannelBinding, NtHash};

use crate::clock::MONDAY_MORNING;

/// What a client does with an INVITE.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Invitations {
    /// It accepts at once, as pidgin-sipe does with instant messages.
    #[default]
    Accept,
    /// It answers so at once.
    Decline(StatusCode),
    /// It leaves the answer to the script.
    Leave,
}

/// Who a client is.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The SIP address without its scheme: `alice@example.com`.
    pub address: String,
    /// The name in the proof: a login or the address.
    pub login: String,
    /// The domain in the proof; may be empty.
    pub domain: String,
    /// The hash of the password.
    pub nt_hash: NtHash,
    /// What tells this program from the person's others.
    pub epid: Epid,
    /// `tls` or `tcp`, as it stands in the Via.
    pub transport: &'static str,
    /// The local address and port, as they stand in Via and Contact.
    pub local: String,
    /// Whether it signs as protocol version 3 does, whatever is offered.
    pub is_version_3: bool,
    /// What it does with an INVITE.
    pub invitations: Invitations,
    /// What its clock shows; it goes into the proof.
    pub time: Timestamp,
    /// What its proof names its connection by, if it does; pidgin-sipe and Communicator name none.
    pub channel_binding: Option<ChannelBinding>,
    /// What its tags, identifiers and random numbers come from.
    pub seed: u64,
}

impl Profile {
    /// A client of `address` that signs in with this password and the address as its login. Its epid comes from the
    /// address and the seed; its clock shows [`MONDAY_MORNING`].
    pub fn new(address: &str, password: &str, seed: u64) -> Self {
        let mut mixed = seed;
        for byte in address.bytes() {
            mixed = crate::chance::Chance::new(mixed ^ u64::from(byte)).next();
        }
        let epid = Epid::parse(&format!("{:012x}", mixed >> 16)).expect("twelve digits are an epid");
        Self {
            address: address.to_owned(),
            login: address.to_owned(),
            domain: String::new(),
            nt_hash: NtHash::of_password(password),
            epid,
            transport: "tls",
            local: "127.0.0.1:5070".to_owned(),
            is_version_3: false,
            invitations: Invitations::default(),
            time: MONDAY_MORNING,
            channel_binding: None,
            seed: mixed,
        }
    }

    /// Names the account otherwise than by the address: `DOMAIN\login`.
    #[must_use]
    pub fn with_login(mut self, domain: &str, login: &str) -> Self {
        login.clone_into(&mut self.login);
        domain.clone_into(&mut self.domain);
        self
    }

    /// Behaves so towards invitations.
    #[must_use]
    pub const fn with_invitations(mut self, invitations: Invitations) -> Self {
        self.invitations = invitations;
        self
    }

    /// Starts at this time.
    #[must_use]
    pub const fn at(mut self, time: Timestamp) -> Self {
        self.time = time;
        self
    }

    /// Ties its proof to such a connection.
    #[must_use]
    pub const fn bound_to(mut self, binding: ChannelBinding) -> Self {
        self.channel_binding = Some(binding);
        self
    }

    /// Signs as protocol version 3 does.
    #[must_use]
    pub const fn in_version_3(mut self) -> Self {
        self.is_version_3 = true;
        self
    }

    /// The address as a URI.
    pub fn uri(&self) -> String {
        format!("sip:{}", self.address)
    }
}
