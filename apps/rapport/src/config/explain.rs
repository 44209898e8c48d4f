//! Says in sentences what a configuration amounts to, and prints the annotated example.

use std::fmt::Write;

use super::keys::{KEYS, Settings};
use super::load::Origin;
use super::value::{Addresses, OptionalPath};

/// Returns what the settings amount to: first in sentences, then every key with its value and where it comes from.
pub fn explain(settings: &Settings) -> String {
    let mut text = sentences(settings);
    text.push_str("\nEvery key, its value, and where the value comes from:\n");
    let width = KEYS.iter().map(|key| key.name.len()).max().unwrap_or(0);
    let shown = settings.shown();
    let value_width = shown.iter().map(|(_, value)| value.len()).max().unwrap_or(0).min(40);
    for (name, value) in &shown {
        let origin = settings.origins.get(name).unwrap_or(&Origin::Default);
        // Writing to a String does not fail.
        let _ = writeln!(text, "  {name:width$}  {value:value_width$}  {origin}");
    }
    text
}

fn sentences(settings: &Settings) -> String {
    let mut text = String::new();
    let mut say = |sentence: String| {
        text.push_str(&sentence);
        text.push('\n');
    };
    let name = settings.effective_server_name();
    say(format!("Clients know this server as {name}."));
    say(listening(&settings.listen_tls, "SIP over TLS is spoken on", "No address has SIP over TLS alone"));
    say(listening(
        &settings.listen_https,
        "SIP over TLS and HTTPS side by side are spoken on",
        "No address has SIP and HTTPS side by side",
    ));
    if !settings.listen_tcp.0.is_empty() {
        say(format!("SIP without TLS is spoken on {}, for this machine alone.", settings.listen_tcp));
    }
    match (&settings.tls_certificate, &settings.tls_key) {
        (OptionalPath(Some(certificate)), OptionalPath(Some(key))) => {
            say(format!("The certificate is {} with the key {}.", certificate.display(), key.display()));
        }
        _ if settings.has_acme() => {
            say(format!(
                "The certificate is got from the ACME server {} for {}, renewed at two thirds of its lifetime and kept \
                 in {}; that server connects to port 443 of each name, which must lead here. Until the first one has \
                 come, one for development is served, which clients refuse.",
                settings.acme_directory,
                settings.effective_acme_names().join(", "),
                settings.acme_path().display()
            ));
            let tls = settings.listen_https.0.iter().chain(&settings.listen_tls.0);
            if !tls.into_iter().any(|address| address.port() == 443) {
                say("No address of listen.https or listen.tls has port 443: something else must lead it here.".to_owned());
            }
        }
        _ => say(
            "The certificate is one for development, made in the data directory; clients must be told to \
                  trust dev-ca.pem there."
                .to_owned(),
        ),
    }
    say(format!("Everything that lasts is in {}.", settings.data_directory));
    say(format!(
        "The management commands reach the server through {}.",
        settings.management_path().display()
    ));
    match &settings.backup_directory.0 {
        Some(directory) => say(format!(
            "A backup is made in {} every {}, the last {} are kept, and the service key is {}.",
            directory.display(),
            settings.backup_every,
            settings.backup_keep,
            if settings.backup_passphrase_file.0.is_some() { "sealed in them" } else { "left out of them" }
        )),
        None => say("The server makes no backups by itself.".to_owned()),
    }
    match settings.listen_metrics.0 {
        Some(address) => {
            let reach = if address.ip().is_loopback() {
                "which only this machine reaches"
            } else {
                "which others may reach: see that clients' networks can't"
            };
            say(format!("Metrics are on http://{address}/metrics, {reach}."));
        }
        None => say("There are no metrics.".to_owned()),
    }
    say(format!(
        "A connection has {} for its TLS handshake and {} until someone has signed in; one address may have {} \
         connections, all together {}.",
        settings.limit_handshake,
        settings.limit_sign_in,
        settings.limit_connections_per_address,
        settings.limit_connections
    ));
    say(format!(
        "A SIP message may have a head of {} with {} header fields and a body of {}; {} may wait for a client that \
         reads slowly.",
        settings.limit_head, settings.limit_headers, settings.limit_body, settings.limit_outbound
    ));
    say(format!(
        "A client registers for {} and sends something every {}; {} after that it counts as gone.",
        settings.registration_expires,
        settings.registration_keep_alive,
        settings.registration_keep_alive_grace
    ));
    text
}

fn listening(addresses: &Addresses, where_to: &str, nowhere: &str) -> String {
    if addresses.0.is_empty() { format!("{nowhere}.") } else { format!("{where_to} {addresses}.") }
}

/// Returns the annotated example: every key with its meaning and its default.
pub fn example() -> String {
    let mut text = String::from(
        "# Rapport: every key with its default. Written by `rapport config-example`; do not edit by hand.\n\
         # A key that is left out has its default. Each key can be set by the environment variable named with it.\n",
    );
    let mut section = "";
    for key in KEYS {
        let (of, name) = key.parts();
        if of != section {
            section = of;
            let _ = write!(text, "\n[{section}]\n");
        }
        text.push('\n');
        for line in key.doc {
            let _ = writeln!(text, "# {line}");
        }
        let _ = writeln!(text, "# {}; {}", capital(key.form), key.environment());
        let _ = writeln!(text, "#{name} = {}", key.default);
    }
    text
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::super::load::{Inputs, load};
    use super::*;

    #[test]
    fn the_example_is_a_valid_configuration_with_every_key_when_its_comments_are_taken_off() {
        let file = std::env::temp_dir().join(format!("rapport-example-{}.toml", std::process::id()));
        let uncommented: String = example()
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest) if !rest.starts_with(' ') => format!("{rest}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        std::fs::write(&file, uncommented).expect("written");
        let read = load(&Inputs { file: Some(file.clone()), ..Inputs::default() });
        std::fs::remove_file(&file).expect("removed");
        let (settings, _) = read.expect("valid");
        assert!(settings.origins.values().all(|origin| matches!(origin, Origin::File(..))));
    }

    #[test]
    fn the_example_in_the_documentation_is_current() {
        let kept = include_str!("../../../../docs/rapport.example.toml");
        assert!(kept == example(), "run `rapport config-example > docs/rapport.example.toml`");
    }

    #[test]
    fn an_explanation_says_where_each_value_comes_from() {
        let inputs = Inputs {
            environment: vec![("RAPPORT_LISTEN_METRICS".to_owned(), "192.0.2.1:9090".to_owned())],
            command_line: vec![
                ("data.directory", "--data", "/srv/rapport".to_owned()),
                ("listen.metrics_anywhere", "--x", "true".to_owned()),
            ],
            ..Inputs::default()
        };
        let text = explain(&load(&inputs).expect("valid").0);
        assert!(!text.contains("ACME server "), "{text}");
        for want in [
            "SIP over TLS is spoken on [::]:5061, 0.0.0.0:5061.",
            "through /srv/rapport/management.sock.",
            "which others may reach",
            "environment variable RAPPORT_LISTEN_METRICS",
            "option --data",
        ] {
            assert!(text.contains(want), "{want} is not in:\n{text}");
        }
    }

    #[test]
    fn acme_is_explained_with_names_place_and_port() {
        let set = [
            ("tls.acme_directory", "https://ca.example:14000/dir"),
            ("tls.acme_accept_terms", "true"),
            ("server.name", "SIP.example.com"),
            ("listen.https", "192.0.2.1:8443"),
            ("data.directory", "/d"),
        ];
        let command_line = set.iter().map(|(key, text)| (*key, "--x", (*text).to_owned())).collect();
        let text = explain(&load(&Inputs { command_line, ..Inputs::default() }).expect("valid").0);
        for want in [
            "from the ACME server https://ca.example:14000/dir for sip.example.com, renewed at two thirds",
            "kept in /d/acme/ca.example-14000-dir;",
            "No address of listen.https or listen.tls has port 443",
        ] {
            assert!(text.contains(want), "{want} is not in:\n{text}");
        }
    }
}
