//! Certificate files: what is made, what is kept, and what is said when they are wrong.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crate::support::{Directory, development, now};
use rapport_edge::{CertStore, CertificateError, CertificateSource};

fn read(directory: &Directory, name: &str) -> String {
    std::fs::read_to_string(directory.path().join(name)).expect("the file is there")
}

#[test]
fn the_development_certificate_is_kept_until_names_or_time_ask_for_another() {
    let directory = Directory::new();
    let (_, info) = CertStore::open(development(&directory, &["a.example"]), now()).expect("made");
    assert!(!info.outside_validity && info.valid_until > Some(now() + Duration::from_secs(300 * 86_400)));
    let (authority, first) = (read(&directory, "dev-ca.pem"), read(&directory, "dev-cert.pem"));
    let check = |names: &[&str], at, kept: bool| {
        let before = read(&directory, "dev-cert.pem");
        CertStore::open(development(&directory, names), at).expect("opened");
        assert_eq!(read(&directory, "dev-cert.pem") == before, kept, "{names:?}");
    };
    check(&["a.example"], now(), true);
    check(&[], now(), true);
    check(&["a.example", "b.example", "192.0.2.7"], now(), false);
    check(&["b.example", "192.0.2.7"], now(), true);
    check(&["b.example"], now() + Duration::from_secs(390 * 86_400), false);
    assert_ne!(read(&directory, "dev-cert.pem"), first);
    assert_eq!(read(&directory, "dev-ca.pem"), authority, "who trusts the authority goes on doing so");
    for key in ["dev-key.pem", "dev-ca-key.pem"] {
        let mode = std::fs::metadata(directory.path().join(key)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
}

fn chmod(file: &std::path::Path, mode: u32) {
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).expect("it is ours");
}

#[test]
fn a_key_that_others_can_reach_is_refused_with_the_remedy() {
    let directory = Directory::new();
    CertStore::open(development(&directory, &[]), now()).expect("made");
    let (certificate, key) = (directory.path().join("dev-cert.pem"), directory.path().join("dev-key.pem"));
    let open = || {
        let source = CertificateSource::Files { certificate: certificate.clone(), key: key.clone() };
        CertStore::open(source, now())
    };
    for mode in [0o640, 0o604, 0o620, 0o602, 0o644, 0o666] {
        chmod(&key, mode);
        let error = open().expect_err("others reach it").to_string();
        let want =
            format!("has mode {mode:04o}, so that others can reach it; run: chmod 600 {}", key.display());
        assert!(error.contains(&want), "{error}");
    }
    for mode in [0o600, 0o400] {
        chmod(&key, mode);
        open().expect("the account's own");
    }
}

#[test]
fn errors_name_the_file_and_what_is_wrong_with_it() {
    let (one, other) = (Directory::new(), Directory::new());
    for directory in [&one, &other] {
        CertStore::open(development(directory, &[]), now()).expect("made");
    }
    let nonsense = one.path().join("nonsense.pem");
    std::fs::write(&nonsense, "no PEM at all").expect("written");
    chmod(&nonsense, 0o600);
    let check = |certificate: std::path::PathBuf, key: std::path::PathBuf, want: &str| {
        let source = CertificateSource::Files { certificate, key };
        let error = CertStore::open(source, now()).expect_err("refused");
        assert!(error.to_string().contains(want), "{error}: {want}");
        error
    };
    let (good, good_key) = (one.path().join("dev-cert.pem"), one.path().join("dev-key.pem"));
    check(one.path().join("missing.pem"), good_key.clone(), "missing.pem");
    check(nonsense.clone(), good_key.clone(), "nonsense.pem holds no certificate in PEM form");
    check(good.clone(), nonsense, "nonsense.pem holds no private key in PEM form");
    check(good_key.clone(), good_key.clone(), "dev-key.pem holds no certificate");
    let error = check(good, other.path().join("dev-key.pem"), "does not belong to the certificate");
    assert!(matches!(error, CertificateError::KeyMismatch { .. }));
}

#[test]
fn a_certificate_that_has_ended_is_used_and_said_to_have_ended() {
    let directory = Directory::new();
    CertStore::open(development(&directory, &[]), now()).expect("made");
    let source = CertificateSource::Files {
        certificate: directory.path().join("dev-cert.pem"),
        key: directory.path().join("dev-key.pem"),
    };
    let later = now() + Duration::from_secs(400 * 86_400);
    let (store, info) = CertStore::open(source, later).expect("opened all the same");
    assert!(info.outside_validity);
    assert!(!store.reload(now()).expect("reloaded").outside_validity);
}

#[test]
fn a_reload_that_fails_says_so() {
    let directory = Directory::new();
    CertStore::open(development(&directory, &[]), now()).expect("made");
    let certificate = directory.path().join("dev-cert.pem");
    let source = CertificateSource::Files {
        certificate: certificate.clone(),
        key: directory.path().join("dev-key.pem"),
    };
    let (store, _) = CertStore::open(source, now()).expect("opened");
    std::fs::write(&certificate, "half a fi").expect("written");
    let error = store.reload(now()).expect_err("refused");
    assert!(matches!(error, CertificateError::NoCertificate(_)), "{error}");
}
