//! What the tests of lost power, full disks, damaged files and wrong clocks stand on: the real server
//! ([`real_clients::Server`]) and scripted clients that remember what was acknowledged to them.
//!
//! Whatever is random comes from a seed that is printed; `RAPPORT_SEED` repeats it.

pub mod browser;
pub mod clock;
pub mod disk;
pub mod document;
pub mod joining;
pub mod kept;
pub mod observe;
pub mod password;
pub mod person;
pub mod told;

use rapport_testkit::chance::Chance;
use rapport_testkit::client::Profile;
use rapport_testkit::clock::SystemClock;
use rapport_testkit::driver::{Client, DriverError, Trust};
use real_clients::Server;

/// The seed of a run: `RAPPORT_SEED`, or another one each time. It is printed.
pub fn seed() -> u64 {
    let given = std::env::var("RAPPORT_SEED").ok().and_then(|text| text.parse().ok());
    let clock = || u64::try_from(SystemClock.wall_time().0).unwrap_or(0);
    let seed = given.unwrap_or_else(|| Chance::new(clock() ^ u64::from(std::process::id())).next() >> 32);
    eprintln!("RAPPORT_SEED={seed}");
    seed
}

/// A number below `end`.
pub fn below(chance: &Chance, end: u64) -> u64 {
    chance.next() % end.max(1)
}

/// A setup whose passwords are hashed cheaply: not what these tests are about.
pub fn setup() -> real_clients::server::Setup {
    real_clients::server::Setup::default().setting("passwords.argon2_memory", "64KiB")
}

/// Connects a person of `example.com` over TLS, not yet signed in; their clock is the machine's.
///
/// # Errors
/// [`DriverError`].
pub async fn connect(server: &Server, name: &str, password: &str, seed: u64) -> Result<Client, DriverError> {
    let profile = Profile::new(&format!("{name}@example.com"), password, seed)
        .with_login("EXAMPLE", name)
        .at(SystemClock.wall_time());
    Client::tls(server.tls(), &Trust::anyone(), profile).await
}

/// Signs a person in with the password that [`real_clients::server::password`] gives.
///
/// # Errors
/// [`DriverError`].
pub async fn signed_in(server: &Server, name: &str, seed: u64) -> Result<Client, DriverError> {
    let mut client = connect(server, name, &real_clients::server::password(name), seed).await?;
    client.sign_in().await?;
    Ok(client)
}
