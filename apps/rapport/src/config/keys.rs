//! The table of keys. A new key is one entry here: reading, checking, explaining and the example follow.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::load::{ConfigError, Origin, Values};
use super::value::{
    Addresses, ByteSize, Ceiling, Directory, LogFormat, Names, OptionalAddress, OptionalPath, Setting, Span,
};

/// What is known of one key beside its value.
#[derive(Debug)]
pub struct Key {
    /// `section.key`.
    pub name: &'static str,
    /// The default as TOML.
    pub default: &'static str,
    /// What it means, a sentence a line.
    pub doc: &'static [&'static str],
    /// What to write.
    pub form: &'static str,
}

impl Key {
    /// Returns the name of the environment variable: `RAPPORT_LISTEN_TLS` for `listen.tls`.
    pub fn environment(&self) -> String {
        format!("RAPPORT_{}", self.name.replace('.', "_").to_uppercase())
    }

    /// Splits the name into section and key.
    pub fn parts(&self) -> (&'static str, &'static str) {
        self.name.split_once('.').unwrap_or(("", self.name))
    }
}

macro_rules! settings {
    ($($name:literal $field:ident: $kind:ty = $default:literal, $($doc:literal)+;)+) => {
        /// Every key, section by section.
        pub static KEYS: &[Key] = &[$(Key {
            name: $name,
            default: $default,
            doc: &[$($doc),+],
            form: <$kind as Setting>::FORM,
        }),+];

        /// The value of every key.
        #[derive(Clone, Debug)]
        pub struct Settings {
            $($(#[doc = $doc])+ pub $field: $kind,)+
            /// Where each value comes from, by key.
            pub origins: BTreeMap<&'static str, Origin>,
        }

        impl Settings {
            pub(crate) fn from_values(values: &Values) -> Result<Self, ConfigError> {
                Ok(Self {
                    $($field: values.read::<$kind>($name)?,)+
                    origins: values.origins(),
                })
            }

            /// Returns every key with its value as people read it, in the table's order.
            pub(crate) fn shown(&self) -> Vec<(&'static str, String)> {
                vec![$(($name, self.$field.to_string())),+]
            }
        }
    };
}

settings! {
    "server.name" server_name: String = r#""""#,
        "The full DNS name by which clients reach this server, such as sip.example.com."
        "It is what clients see as the name of the sign-in realm's server, and a name in the development certificate."
        "Empty: the name of the machine.";

    "data.directory" data_directory: Directory = r#""/var/lib/rapport""#,
        "Where the database, the service key, the management socket and the development certificate are."
        "`--data` on the command line does the same.";

    "listen.tls" listen_tls: Addresses = r#"["[::]:5061", "0.0.0.0:5061"]"#,
        "Where SIP over TLS is spoken.";
    "listen.https" listen_https: Addresses = r#"["[::]:443", "0.0.0.0:443"]"#,
        "Where SIP over TLS and HTTPS are spoken side by side, told apart by the first bytes."
        "Networks that let nothing but web traffic out reach the server there.";
    "listen.tcp" listen_tcp: Addresses = "[]",
        "Where SIP without TLS is spoken: loopback addresses only, for tests and tools on this machine.";
    "listen.metrics" listen_metrics: OptionalAddress = r#""127.0.0.1:9090""#,
        "Where /metrics (Prometheus), /healthz and /readyz are served, over plain HTTP: keep it away from clients' networks."
        "A loopback address, unless listen.metrics_anywhere is true. Empty: nowhere.";
    "listen.metrics_anywhere" listen_metrics_anywhere: bool = "false",
        "Whether listen.metrics may be an address that other machines reach: only for one in a network of its own, or behind a firewall.";

    "tls.certificate" tls_certificate: OptionalPath = r#""""#,
        "The certificate chain in PEM form, the server's own certificate first."
        "Empty: a certificate for development is made in the data directory, under an authority of its own (dev-ca.pem).";
    "tls.key" tls_key: OptionalPath = r#""""#,
        "The private key of that certificate in PEM form, not encrypted."
        "SIGHUP reads both files again; open connections stay.";
    "tls.acme_directory" acme_directory: String = r#""""#,
        "The directory of an ACME server from which the server gets its certificate, and renews it, by itself."
        "Let's Encrypt's is https://acme-v02.api.letsencrypt.org/directory, and for trying it out https://acme-staging-v02.api.letsencrypt.org/directory."
        "It connects to port 443 of each name, which must lead to an address of listen.https or listen.tls, with nothing between that ends TLS."
        "Until the first certificate has come, the one for development is served. Empty: no ACME.";
    "tls.acme_accept_terms" acme_accept_terms: bool = "false",
        "Whether you agree to the terms of service of that ACME server; without it none is asked.";
    "tls.acme_contact" acme_contact: String = r#""""#,
        "Where the ACME server writes to when something is wrong, such as mailto:operator@example.com."
        "It is told when the account is made.";
    "tls.acme_names" acme_names: Names = "[]",
        "The DNS names that the certificate is for."
        "Empty: server.name alone.";
    "tls.acme_authority" acme_authority: OptionalPath = r#""""#,
        "The authorities, in PEM form, that the ACME server's own certificate may come from: for one of your own."
        "Empty: those that this machine trusts.";

    "management.socket" management_socket: OptionalPath = r#""""#,
        "The Unix socket of the management API, readable by the server's own account alone."
        "Empty: management.sock in the data directory.";

    "audit.heads" audit_heads: OptionalPath = r#""""#,
        "The file to which the signed heads of the audit logs are written, every hour; `rapport audit verify` reads it."
        "A place that this machine can only add to, or that is copied elsewhere, shows what was tampered with here."
        "Empty: audit-heads.jsonl in the data directory.";

    "log.filter" log_filter: String = r#""info""#,
        "What is logged, as a list of directives such as `info,rapport_service=debug`."
        "SIGHUP reads it again.";
    "log.format" log_format: LogFormat = r#""text""#,
        "How log lines look: text for people, json for machines.";
    "log.file" log_file: OptionalPath = r#""""#,
        "The file that log lines are written to."
        "Empty: standard error, which systemd's journal keeps within bounds of its own.";
    "log.file_size" log_file_size: ByteSize = r#""16MiB""#,
        "The largest that the file gets; then it is renamed to end with .1, and a new one is begun.";
    "log.files" log_files: u32 = "4",
        "How many files there are with the ones before; all together they hold log.file_size times that.";
    "log.per_cause" log_per_cause: u32 = "200",
        "Log lines of one cause within ten seconds; of those beyond, only the number is logged."
        "The trace of a person has bounds of its own.";

    "limits.handshake" limit_handshake: Span = r#""10s""#,
        "How long a TLS handshake may take.";
    "limits.sign_in" limit_sign_in: Span = r#""30s""#,
        "How long a connection may stay without anyone having signed in on it; nothing sent meanwhile extends it.";
    "limits.connections" limit_connections: u32 = "100000",
        "Connections at once, of all clients together.";
    "limits.connections_per_address" limit_connections_per_address: u32 = "1000",
        "Connections at once from one IPv4 address or one IPv6 network of 64 bits."
        "A company behind one address needs as many as it has programs signed in.";
    "limits.connection_rate_per_address" limit_connection_rate_per_address: u32 = "100",
        "New connections a second from one IPv4 address or one IPv6 network of 64 bits, for long."
        "As many at once as limits.connections_per_address allows are let in before that counts.";
    "limits.requests" limit_requests: u32 = "100",
        "Requests a second that one signed-in client may send for long; SUBSCRIBE and SERVICE count as ten, and 64 KiB as one."
        "A client that sends more isn't read for a while.";
    "limits.requests_burst" limit_requests_burst: u32 = "1000",
        "How many of them it may send at once.";
    "limits.head" limit_head: ByteSize = r#""64KiB""#,
        "The largest head of a SIP message.";
    "limits.line" limit_line: ByteSize = r#""32KiB""#,
        "The longest header line of a SIP message.";
    "limits.body" limit_body: ByteSize = r#""256KiB""#,
        "The largest body of a SIP message.";
    "limits.headers" limit_headers: u32 = "256",
        "Header fields in one SIP message.";
    "limits.outbound" limit_outbound: ByteSize = r#""1MiB""#,
        "What may wait to be read by one client; one that lets more come together loses its connection.";
    "limits.memory" limit_memory: Ceiling = r#""80%""#,
        "Memory from which on the server takes no new sign-ins; those who are signed in go on, and so does management."
        "A share is one of what the machine has, or of what the service may have of it.";

    "web.session_unused" web_session_unused: Span = r#""168h""#,
        "How long a sign-in in a browser may stay unused before it is over."
        "The use is noted every five minutes, or four times within that span where it is shorter.";
    "web.session_life" web_session_life: Span = r#""720h""#,
        "How long a sign-in in a browser lasts at most, however much it is used."
        "Those that are there keep what they began with.";

    "registration.expires" registration_expires: Span = r#""2h""#,
        "How long a registration lasts unless the client refreshes it.";
    "registration.keep_alive" registration_keep_alive: Span = r#""5m""#,
        "How often a client must send something; it sends an empty line where it has nothing to say.";
    "registration.keep_alive_grace" registration_keep_alive_grace: Span = r#""40s""#,
        "How much later than that it may come before the connection counts as dead.";

    "passwords.argon2_memory" argon2_memory: ByteSize = r#""46MiB""#,
        "Memory that hashing one password takes (Argon2id).";
    "passwords.argon2_passes" argon2_passes: u32 = "1",
        "Passes over that memory.";
    "passwords.lanes" password_lanes: u32 = "2",
        "Passwords that are hashed at the same time; others wait.";

    "backup.directory" backup_directory: OptionalPath = r#""""#,
        "Where the running server makes backups; another disk than the data directory's is better."
        "Empty: it makes none, and `rapport backup` needs `--to`.";
    "backup.every" backup_every: Span = r#""24h""#,
        "From the beginning of one backup to that of the next.";
    "backup.keep" backup_keep: u32 = "14",
        "How many backups are kept; the oldest goes when a newer one has been made and verified.";
    "backup.passphrase_file" backup_passphrase_file: OptionalPath = r#""""#,
        "A file of mode 0600 whose first line is the passphrase under which the service key is sealed in a backup."
        "Empty: the key is left out of the server's backups; without a copy of it elsewhere no app password signs in after a restore.";

    "shutdown.bound" shutdown_bound: Span = r#""10s""#,
        "How long the end may take: what is in flight is finished, then connections are closed one after the other."
        "A second SIGTERM ends the server at once.";
}

impl Settings {
    /// Returns the server's name: as configured, or the machine's.
    pub fn effective_server_name(&self) -> String {
        if !self.server_name.is_empty() {
            return self.server_name.clone();
        }
        let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let machine = machine.trim();
        if machine.is_empty() { "localhost".to_owned() } else { machine.to_lowercase() }
    }

    /// Whether the server gets its certificate over ACME.
    pub const fn has_acme(&self) -> bool {
        !self.acme_directory.is_empty()
    }

    /// Returns the names for which a certificate is got over ACME.
    pub fn effective_acme_names(&self) -> Vec<String> {
        if self.acme_names.0.is_empty() {
            vec![self.effective_server_name().to_lowercase()]
        } else {
            self.acme_names.0.clone()
        }
    }

    /// Returns where the account at the ACME server and the certificate are kept: a place per ACME server, so that one for
    /// trying it out leaves nothing to another.
    pub fn acme_path(&self) -> PathBuf {
        let server = self.acme_directory.trim_start_matches("https://");
        let kept = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
        self.data_directory.0.join("acme").join(server.chars().map(kept).collect::<String>())
    }

    /// Returns the file of the heads of audit logs.
    pub fn audit_heads_path(&self) -> PathBuf {
        let default = || self.data_directory.0.join("audit-heads.jsonl");
        self.audit_heads.0.clone().unwrap_or_else(default)
    }

    /// Returns the path of the management socket.
    pub fn management_path(&self) -> PathBuf {
        let default = || self.data_directory.0.join("management.sock");
        self.management_socket.0.clone().unwrap_or_else(default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_valid_value() {
        Settings::from_values(&Values::default()).expect("the defaults are valid");
    }

    #[test]
    fn keys_and_environment_names_are_unique_and_sections_stand_together() {
        let mut names: Vec<_> = KEYS.iter().map(Key::environment).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), KEYS.len());
        let mut sections: Vec<_> = KEYS.iter().map(|key| key.parts().0).collect();
        sections.dedup();
        let once = sections.len();
        sections.sort_unstable();
        sections.dedup();
        assert_eq!(sections.len(), once, "a section stands in two places");
    }
}
