//! What a configuration must be beyond the form of each value: what `check-config` finds is what `serve` refuses.

use std::net::{IpAddr, SocketAddr};

use super::keys::Settings;
use super::load::{ConfigError, Origin};
use super::value::{ByteSize, Ceiling, OptionalPath, Span};
use crate::logging;

/// The smallest head of a message that clients can work with: a sign-in's proof alone takes a kibibyte or two.
const LEAST_HEAD: ByteSize = ByteSize(4 * 1024);
/// The shortest line: the proof stands in one.
const LEAST_LINE: ByteSize = ByteSize(2 * 1024);
/// The smallest body: a publication of all of a person's presence fits.
const LEAST_BODY: ByteSize = ByteSize(8 * 1024);
/// The fewest header fields: a client of the family sends about twenty.
const LEAST_HEADERS: u32 = 32;
/// The least that may wait for a client: what it is told at sign-in.
const LEAST_OUTBOUND: ByteSize = ByteSize(64 * 1024);
/// The least memory of which Argon2id can be computed.
const LEAST_ARGON2: ByteSize = ByteSize(8 * 1024);

/// The least memory with which anyone can sign in.
const LEAST_MEMORY: u64 = 32 * 1024 * 1024;
/// Log files: as many renames happen when one is full.
const MOST_FILES: u32 = 100;
/// A browser that is left alone for less is one whose person went for a cup of coffee.
const LEAST_SESSION: Span = Span(std::time::Duration::from_secs(5 * 60));

/// Finds the first thing with which a server could not start, or with which nobody could use it.
///
/// # Errors
/// [`ConfigError::Value`] with the key, its origin and the remedy.
pub(super) fn check(settings: &Settings) -> Result<(), ConfigError> {
    name(settings)?;
    addresses(settings)?;
    certificate(settings)?;
    acme(settings)?;
    if let Err(error) = logging::filter(&settings.log_filter) {
        return Err(wrong(settings, "log.filter", error));
    }
    limits(settings)
}

fn wrong(settings: &Settings, key: &'static str, problem: String) -> ConfigError {
    let origin = settings.origins.get(key).cloned().unwrap_or(Origin::Default);
    ConfigError::Value { key, origin, problem }
}

/// The longest name of a server, in characters. The challenge of a sign-in repeats it four times over, and is no longer than
/// what a client has said until then.
const LONGEST_NAME: usize = 96;

fn name(settings: &Settings) -> Result<(), ConfigError> {
    let name = settings.effective_server_name();
    let of = if settings.server_name.is_empty() { ", the name of this machine," } else { "" };
    if is_dns_name(&name) {
        let length = name.len();
        let problem =
            format!("\"{name}\"{of} has {length} characters; write a name of {LONGEST_NAME} at most");
        return if length <= LONGEST_NAME { Ok(()) } else { Err(wrong(settings, "server.name", problem)) };
    }
    let problem = format!(
        "\"{name}\"{of} is not a DNS name; write the name by which clients reach the server, such as sip.example.com"
    );
    Err(wrong(settings, "server.name", problem))
}

/// A name of labels with letters, digits and hyphens (RFC 1123 §2.1); the underscore that some machines have is let be.
fn is_dns_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

fn addresses(settings: &Settings) -> Result<(), ConfigError> {
    let lists = [
        ("listen.tls", &settings.listen_tls),
        ("listen.https", &settings.listen_https),
        ("listen.tcp", &settings.listen_tcp),
    ];
    let mut seen: Vec<(&'static str, SocketAddr)> = Vec::new();
    let one = |key, address: SocketAddr, seen: &mut Vec<(&'static str, SocketAddr)>| {
        if let Some((other, taken)) = seen.iter().find(|(_, taken)| overlap(*taken, address)) {
            let also = if *taken == address { String::new() } else { format!(" as {taken}") };
            let place = if *other == key { "twice in it".to_owned() } else { format!("in {other} too") };
            let problem = format!("{address} is {place}{also}; change one of the two");
            return Err(wrong(settings, key, problem));
        }
        seen.push((key, address));
        Ok(())
    };
    for (key, addresses) in lists {
        for address in &addresses.0 {
            if let IpAddr::V6(ip) = address.ip()
                && let Some(v4) = ip.to_ipv4_mapped()
            {
                let plain = SocketAddr::new(v4.into(), address.port());
                let problem = format!("{address} is an IPv4 address in the form of IPv6; write {plain}");
                return Err(wrong(settings, key, problem));
            }
            if key == "listen.tcp" && !address.ip().is_loopback() {
                let loopback = if address.is_ipv4() { "127.0.0.1" } else { "[::1]" };
                let problem = format!(
                    "{address} is not a loopback address, and SIP without TLS is for this machine alone; write \
                     {loopback}:{} or use listen.tls",
                    address.port()
                );
                return Err(wrong(settings, key, problem));
            }
            one(key, *address, &mut seen)?;
        }
    }
    if seen.is_empty() {
        let problem =
            "listen.tls, listen.https and listen.tcp are all empty, so that nobody could connect; set one"
                .to_owned();
        return Err(wrong(settings, "listen.tls", problem));
    }
    if let Some(address) = settings.listen_metrics.0 {
        if !address.ip().to_canonical().is_loopback() && !settings.listen_metrics_anywhere {
            let loopback = if address.is_ipv4() { "127.0.0.1" } else { "[::1]" };
            let problem = format!(
                "{address} is not a loopback address, and metrics are told without TLS to whoever asks; write \
                 {loopback}:{}, or set listen.metrics_anywhere to true if clients' networks can't reach it",
                address.port()
            );
            return Err(wrong(settings, "listen.metrics", problem));
        }
        one("listen.metrics", address, &mut seen)?;
    }
    Ok(())
}

/// Tells whether two sockets could not stand side by side. Port 0 is another port each time.
fn overlap(a: SocketAddr, b: SocketAddr) -> bool {
    a.port() == b.port()
        && a.port() != 0
        && a.is_ipv4() == b.is_ipv4()
        && (a.ip() == b.ip() || a.ip().is_unspecified() || b.ip().is_unspecified())
}

fn certificate(settings: &Settings) -> Result<(), ConfigError> {
    let problem =
        |other| format!("it is set and {other} isn't; set both, or neither for a development certificate");
    match (&settings.tls_certificate, &settings.tls_key) {
        (OptionalPath(Some(_)), OptionalPath(None)) => {
            Err(wrong(settings, "tls.certificate", problem("tls.key")))
        }
        (OptionalPath(None), OptionalPath(Some(_))) => {
            Err(wrong(settings, "tls.key", problem("tls.certificate")))
        }
        (OptionalPath(Some(_)), OptionalPath(Some(_))) | (OptionalPath(None), OptionalPath(None)) => Ok(()),
    }
}

/// Certificates of one ACME server have at most so many names.
const MOST_NAMES: usize = 100;

fn acme(settings: &Settings) -> Result<(), ConfigError> {
    let refused = |key, problem: String| Err(wrong(settings, key, problem));
    if !settings.has_acme() {
        let alone = [
            ("tls.acme_contact", !settings.acme_contact.is_empty()),
            ("tls.acme_names", !settings.acme_names.0.is_empty()),
            ("tls.acme_authority", settings.acme_authority.0.is_some()),
        ];
        return match alone.into_iter().find(|(_, set)| *set) {
            Some((key, _)) => {
                refused(key, "it is set and tls.acme_directory isn't; set both, or neither".to_owned())
            }
            None => Ok(()),
        };
    }
    let (key, directory) = ("tls.acme_directory", &settings.acme_directory);
    if settings.tls_certificate.0.is_some() {
        let problem = "it is set and so is tls.certificate; take one of the two out";
        return refused(key, problem.to_owned());
    }
    let https = directory.strip_prefix("https://").is_some_and(|rest| !rest.starts_with(['/', ':']));
    let uri =
        directory.parse::<hyper::Uri>().is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()));
    if !https || !uri || directory.len() > 200 {
        let problem = format!(
            "\"{directory}\" is not the URL of a directory, such as https://acme-v02.api.letsencrypt.org/directory"
        );
        return refused(key, problem);
    }
    if !settings.acme_accept_terms {
        let problem =
            "set it to true if you agree to the terms of service of the ACME server in tls.acme_directory";
        return refused("tls.acme_accept_terms", problem.to_owned());
    }
    let contact = &settings.acme_contact;
    let mail = contact.strip_prefix("mailto:").and_then(|mail| mail.split_once('@'));
    if !contact.is_empty() && !mail.is_some_and(|(who, at)| !who.is_empty() && is_dns_name(at)) {
        let problem = format!("\"{contact}\" is not a contact such as mailto:operator@example.com");
        return refused("tls.acme_contact", problem);
    }
    let names = settings.effective_acme_names();
    if names.len() > MOST_NAMES {
        return refused(
            "tls.acme_names",
            format!("{} are too many; write {MOST_NAMES} or less", names.len()),
        );
    }
    let is_address = |name: &str| name.parse::<std::net::Ipv4Addr>().is_ok();
    if let Some(name) = names.iter().find(|name| !is_dns_name(name) || name.contains('_') || is_address(name))
    {
        let problem =
            format!("\"{name}\" is not a DNS name for which there are certificates, such as sip.example.com");
        return refused("tls.acme_names", problem);
    }
    if settings.listen_tls.0.is_empty() && settings.listen_https.0.is_empty() {
        let problem = "it is set, and listen.https and listen.tls are empty, so that the ACME server finds nobody; set one";
        return refused(key, problem.to_owned());
    }
    Ok(())
}

fn limits(settings: &Settings) -> Result<(), ConfigError> {
    let sizes = [
        ("limits.head", settings.limit_head, LEAST_HEAD, "no client could sign in"),
        ("limits.line", settings.limit_line, LEAST_LINE, "no client could sign in"),
        ("limits.body", settings.limit_body, LEAST_BODY, "clients could not publish their presence"),
        ("limits.outbound", settings.limit_outbound, LEAST_OUTBOUND, "clients would lose their connections"),
        ("passwords.argon2_memory", settings.argon2_memory, LEAST_ARGON2, "Argon2id can't be computed"),
    ];
    for (key, value, least, why) in sizes {
        if value.0 < least.0 {
            return Err(wrong(settings, key, format!("{value} is too little, {why}; write {least} or more")));
        }
    }
    if settings.limit_headers < LEAST_HEADERS {
        let problem = format!(
            "{} is too little, no client could sign in; write {LEAST_HEADERS} or more",
            settings.limit_headers
        );
        return Err(wrong(settings, "limits.headers", problem));
    }
    if settings.log_file_size.0 < logging::SMALLEST_FILE {
        let least = ByteSize(logging::SMALLEST_FILE);
        let problem =
            format!("{} is too little for one entry; write {least} or more", settings.log_file_size);
        return Err(wrong(settings, "log.file_size", problem));
    }
    if settings.log_files > MOST_FILES {
        let problem = format!("{} is too many; write {MOST_FILES} or less", settings.log_files);
        return Err(wrong(settings, "log.files", problem));
    }
    if let Ceiling::Bytes(bytes) = settings.limit_memory
        && bytes < LEAST_MEMORY
    {
        let problem = format!(
            "{} is less than the server has before anyone signs in; write {} or more",
            settings.limit_memory,
            Ceiling::Bytes(LEAST_MEMORY)
        );
        return Err(wrong(settings, "limits.memory", problem));
    }
    for (key, value) in
        [("web.session_unused", settings.web_session_unused), ("web.session_life", settings.web_session_life)]
    {
        if value.0 < LEAST_SESSION.0 {
            let problem =
                format!("{value} is too little, people would sign in all day; write {LEAST_SESSION} or more");
            return Err(wrong(settings, key, problem));
        }
    }
    let message = ByteSize(settings.limit_head.0 + settings.limit_body.0);
    if settings.limit_outbound.0 < message.0 {
        let problem = format!(
            "{} is less than one message may have (limits.head and limits.body together); write {message} or more",
            settings.limit_outbound
        );
        return Err(wrong(settings, "limits.outbound", problem));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::load::{Inputs, load};

    fn refused(set: &[(&'static str, &str)]) -> String {
        let command_line = set.iter().map(|(key, text)| (*key, "--x", (*text).to_owned())).collect();
        let inputs = Inputs { command_line, ..Inputs::default() };
        load(&inputs).map(|_| set).expect_err("it should be refused").to_string()
    }

    fn accepted(set: &[(&'static str, &str)]) {
        let command_line = set.iter().map(|(key, text)| (*key, "--x", (*text).to_owned())).collect();
        load(&Inputs { command_line, ..Inputs::default() }).expect("it should be accepted");
    }

    #[test]
    fn what_no_server_could_start_with_is_refused_with_key_origin_and_remedy() {
        for (set, want) in [
            (
                &[("listen.tcp", "0.0.0.0:5060")][..],
                "listen.tcp (option --x): 0.0.0.0:5060 is not a loopback address, and SIP without TLS is for this machine alone; write 127.0.0.1:5060 or use listen.tls",
            ),
            (
                &[("listen.tcp", "[::ffff:127.0.0.1]:5060")],
                "listen.tcp (option --x): [::ffff:127.0.0.1]:5060 is an IPv4 address in the form of IPv6; write 127.0.0.1:5060",
            ),
            (
                &[("listen.tls", ""), ("listen.https", "")],
                "listen.tls (option --x): listen.tls, listen.https and listen.tcp are all empty, so that nobody could connect; set one",
            ),
            (
                &[("listen.tls", "192.0.2.1:7000,192.0.2.1:7000")],
                "listen.tls (option --x): 192.0.2.1:7000 is twice in it; change one of the two",
            ),
            (
                &[("listen.tls", "0.0.0.0:7000"), ("listen.https", "192.0.2.1:7000")],
                "listen.https (option --x): 192.0.2.1:7000 is in listen.tls too as 0.0.0.0:7000; change one of the two",
            ),
            (
                &[("listen.metrics", "127.0.0.1:5061")],
                "listen.metrics (option --x): 127.0.0.1:5061 is in listen.tls too as 0.0.0.0:5061; change one of the two",
            ),
            (
                &[("listen.metrics", "192.0.2.1:9090")],
                "listen.metrics (option --x): 192.0.2.1:9090 is not a loopback address, and metrics are told without TLS to whoever asks; write 127.0.0.1:9090, or set listen.metrics_anywhere to true if clients' networks can't reach it",
            ),
            (
                &[("listen.metrics", "[::]:9090")],
                "listen.metrics (option --x): [::]:9090 is not a loopback address, and metrics are told without TLS to whoever asks; write [::1]:9090, or set listen.metrics_anywhere to true if clients' networks can't reach it",
            ),
            (
                &[("tls.certificate", "/c.pem")],
                "tls.certificate (option --x): it is set and tls.key isn't; set both, or neither for a development certificate",
            ),
            (
                &[("tls.acme_names", "sip.example.com")],
                "tls.acme_names (option --x): it is set and tls.acme_directory isn't; set both, or neither",
            ),
            (
                &[("tls.acme_directory", "https://ca.example/dir")],
                "tls.acme_accept_terms (default): set it to true if you agree to the terms of service of the ACME server in tls.acme_directory",
            ),
            (
                &[("tls.acme_directory", "http://ca.example/dir"), ("tls.acme_accept_terms", "true")],
                "tls.acme_directory (option --x): \"http://ca.example/dir\" is not the URL of a directory, such as https://acme-v02.api.letsencrypt.org/directory",
            ),
            (
                &[
                    ("tls.acme_directory", "https://ca.example/dir"),
                    ("tls.certificate", "/c.pem"),
                    ("tls.key", "/k.pem"),
                ],
                "tls.acme_directory (option --x): it is set and so is tls.certificate; take one of the two out",
            ),
            (
                &[
                    ("tls.acme_directory", "https://ca.example/dir"),
                    ("tls.acme_accept_terms", "true"),
                    ("tls.acme_contact", "operator@example.com"),
                ],
                "tls.acme_contact (option --x): \"operator@example.com\" is not a contact such as mailto:operator@example.com",
            ),
            (
                &[
                    ("tls.acme_directory", "https://ca.example/dir"),
                    ("tls.acme_accept_terms", "true"),
                    ("tls.acme_names", "sip.example.com,*.example.com"),
                ],
                "tls.acme_names (option --x): \"*.example.com\" is not a DNS name for which there are certificates, such as sip.example.com",
            ),
            (
                &[
                    ("tls.acme_directory", "https://ca.example/dir"),
                    ("tls.acme_accept_terms", "true"),
                    ("server.name", "sip.example.com"),
                    ("listen.tls", ""),
                    ("listen.https", ""),
                    ("listen.tcp", "127.0.0.1:7001"),
                ],
                "tls.acme_directory (option --x): it is set, and listen.https and listen.tls are empty, so that the ACME server finds nobody; set one",
            ),
            (
                &[("log.filter", "=,,foo=bar")],
                "log.filter (option --x): \"=,,foo=bar\" is not a list of directives such as info,rapport=debug",
            ),
            (
                &[("passwords.argon2_memory", "1")],
                "passwords.argon2_memory (option --x): 1B is too little, Argon2id can't be computed; write 8KiB or more",
            ),
            (
                &[("server.name", "bad name!")],
                "server.name (option --x): \"bad name!\" is not a DNS name; write the name by which clients reach the server, such as sip.example.com",
            ),
        ] {
            assert_eq!(refused(set), want);
        }
    }

    #[test]
    fn a_name_that_makes_challenges_longer_than_clients_pay_for_is_refused() {
        let name =
            |length: usize| format!("{}.example.com", ["s".repeat(50), "t".repeat(length - 63)].join("."));
        accepted(&[("server.name", &name(96))]);
        let said = refused(&[("server.name", &name(97))]);
        assert!(said.ends_with("has 97 characters; write a name of 96 at most"), "{said}");
    }

    #[test]
    fn limits_that_no_client_could_keep_are_refused() {
        for key in ["limits.head", "limits.line", "limits.body", "limits.headers", "limits.outbound"] {
            let said = refused(&[(key, "1")]);
            assert!(
                said.starts_with(&format!("{key} (option --x): 1")) && said.contains("or more"),
                "{said}"
            );
        }
        let said = refused(&[("limits.body", "2MiB")]);
        assert!(said.starts_with("limits.outbound (default): 1MiB is less than one message"), "{said}");
        accepted(&[("limits.body", "2MiB"), ("limits.outbound", "4MiB")]);
    }

    #[test]
    fn sign_ins_in_browsers_last_for_some_minutes() {
        for key in ["web.session_unused", "web.session_life"] {
            let said = refused(&[(key, "4m")]);
            assert_eq!(
                said,
                format!(
                    "{key} (option --x): 4m is too little, people would sign in all day; write 5m or more"
                )
            );
            accepted(&[(key, "5m")]);
        }
    }

    #[test]
    fn metrics_are_told_to_other_machines_only_when_that_is_asked_for() {
        for address in ["127.0.0.1:9090", "127.8.8.8:9090", "[::1]:9090", ""] {
            accepted(&[("listen.metrics", address)]);
        }
        for address in ["0.0.0.0:9090", "10.0.0.1:9090", "[::]:9090", "[::ffff:192.0.2.1]:9090"] {
            assert!(
                refused(&[("listen.metrics", address)]).contains("is not a loopback address"),
                "{address}"
            );
            accepted(&[("listen.metrics", address), ("listen.metrics_anywhere", "true")]);
        }
    }

    #[test]
    fn addresses_of_two_families_and_ports_that_the_system_chooses_stand_side_by_side() {
        accepted(&[
            ("listen.tls", "127.0.0.1:0"),
            ("listen.https", "127.0.0.1:0"),
            ("listen.metrics", "127.0.0.1:0"),
        ]);
        accepted(&[("listen.tls", "[::]:7000,0.0.0.0:7000"), ("listen.tcp", "[::1]:7001,127.0.0.1:7001")]);
        accepted(&[("listen.tls", ""), ("listen.https", ""), ("listen.tcp", "127.0.0.1:7001")]);
    }
}
