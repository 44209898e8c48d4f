//! A sign-in from end to end, as a client does it: TLS, NTLM, a registration, and out again.

use std::time::{SystemTime, UNIX_EPOCH};

use rapport_model::Timestamp;
use rapport_testkit::client::Profile;
use rapport_testkit::driver::{Client, Trust};

use super::{Check, PATIENCE, reachable};
use crate::config::Settings;

/// Who signs in.
pub(crate) struct Account {
    /// The SIP address.
    pub(crate) address: String,
    /// The password, or an app password.
    pub(crate) password: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Signs in as that account on the first listener, and out again.
pub(super) async fn sign_in(settings: &Settings, account: &Account, now: SystemTime) -> Check {
    const WHAT: &str = "sign-in";
    let Some(address) = settings.listen_tls.0.iter().chain(&settings.listen_https.0).next() else {
        return Check::bad(WHAT, "the server listens nowhere", "set listen.tls");
    };
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let time = Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    let seed = u64::try_from(since.as_nanos() & u128::from(u64::MAX)).unwrap_or(0);
    let profile = Profile::new(&account.address, &account.password, seed).at(time);
    let whole = tokio::time::timeout(PATIENCE * 2, async {
        let mut client = Client::tls(reachable(*address), &Trust::anyone(), profile).await?;
        client.sign_in().await?;
        let gone = client.unregister();
        client.success(gone).await
    });
    let who = &account.address;
    match whole.await {
        Ok(Ok(_)) => Check::good(WHAT, format!("{who} signs in and out")),
        Ok(Err(error)) => Check::bad(
            WHAT,
            format!("{who} does not sign in: {error}"),
            "see that the password is right and signs in to SIP (rapport user show), then in the server's log",
        ),
        Err(_) => Check::bad(
            WHAT,
            format!("{who} gets no answer in time"),
            "see in the server's log what it waits for",
        ),
    }
}
