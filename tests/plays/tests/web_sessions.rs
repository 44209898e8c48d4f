//! What is at rest of a browser's sign-in: enough to know it again, and nothing by which anybody could come in.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rapport_core::directory::{Card, NewPerson, NewTenant};
use rapport_core::policy::Policy;
use rapport_fabric_local::LocalFabric;
use rapport_model::{Aor, OperatorScope, SipDomain};
use rapport_secrets::{Cost, PasswordHasher, ServiceKey};
use rapport_service::secret::Secrets;
use rapport_service::web_sessions::WebSessionId;
use rapport_service::{Services, Wire};
use rapport_store_sqlite::SqliteStore;
use rapport_testkit::clock::VirtualClock;

const PASSWORD: &str = "quinoa-Harbour-7142";
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

async fn services(directory: &Path) -> Services<LocalFabric<Wire>> {
    let store = Arc::new(SqliteStore::open(&directory.join("rapport.db")).unwrap());
    let hasher = PasswordHasher::new(Cost::TRIVIAL).unwrap();
    let secrets = Secrets::new(hasher, ServiceKey::ephemeral().unwrap(), 1);
    let clock = Arc::new(VirtualClock::new(1));
    let services = Services::new(store, LocalFabric::default(), clock, secrets, "sip.example.com:5061");
    let operator = OperatorScope::service("test");
    let company = NewTenant {
        name: "north".to_owned(),
        display_name: "North".to_owned(),
        netbios_name: "NORTH".to_owned(),
        domains: vec![SipDomain::parse("north.example").unwrap()],
        policy: Policy::default(),
    };
    let scope = operator.within(services.tenants.add(&operator, company).await.unwrap().id);
    let kim = NewPerson {
        address: kim(),
        aliases: Vec::new(),
        sign_in_name: "kim".to_owned(),
        enabled: true,
        licensed: true,
        card: Card { display_name: "Kim".to_owned(), ..Card::default() },
    };
    services.people.add(&scope, kim, Some(PASSWORD)).await.unwrap();
    services
}

fn kim() -> Aor {
    Aor::parse("kim@north.example").unwrap()
}

/// Tells whether octets stand in any file of the directory.
fn stands(directory: &Path, octets: &[u8]) -> bool {
    let files = fs::read_dir(directory).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|file| file.windows(octets.len()).any(|window| window == octets))
}

#[tokio::test(start_paused = true)]
async fn neither_the_id_of_a_session_nor_its_token_nor_the_password_is_on_the_disk() {
    let directory = std::env::temp_dir().join(format!("rapport-web-sessions-{}", std::process::id()));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    let services = services(&directory).await;
    let web = &services.web_sessions;
    let (first, signed_in) = web.sign_in(&kim(), PASSWORD, "Firefox", HERE).await.unwrap();
    let new = "lantern harbour 57 sails";
    let (second, _) = web.change_password(&signed_in, PASSWORD, new, HERE).await.unwrap();
    assert!(web.find(&first).await.unwrap().is_none() && web.find(&second).await.unwrap().is_some());
    let all = |id: &WebSessionId| {
        let octets = URL_SAFE_NO_PAD.decode(id.reveal()).unwrap();
        assert_eq!(octets.len(), 32);
        let hex = |octet: &u8| format!("{octet:02x}");
        let (lower, standard) = (octets.iter().map(hex).collect::<String>(), STANDARD.encode(&octets));
        let upper = lower.to_uppercase();
        let texts = [id.reveal(), id.csrf_token(), lower, upper, standard];
        std::iter::once(octets).chain(texts.into_iter().map(String::into_bytes)).collect::<Vec<_>>()
    };
    for secret in all(&first).iter().chain(&all(&second)) {
        assert!(!stands(&directory, secret), "{}", String::from_utf8_lossy(secret));
    }
    for password in [PASSWORD, new] {
        assert!(!stands(&directory, password.as_bytes()), "{password}");
    }
    // What is looked for would be found: the store knows the session by the hash of its id.
    assert!(stands(&directory, &second.hash().0) && stands(&directory, b"Firefox"));
    fs::remove_dir_all(&directory).unwrap();
}
