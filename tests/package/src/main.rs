//! A client that signs in over TLS, for a test that has to start it inside another network namespace.
//!
//! `package-client ADDRESS NAME CA-FILE SIP-ADDRESS DOMAIN\LOGIN`; the password is the first line of standard input. It
//! says `signed in`, and then answers each further line with `here` once the server has answered it.

use std::path::Path;

use anyhow::{Context, Result, bail};
use rapport_testkit::client::Profile;
use rapport_testkit::clock::SystemClock;
use rapport_testkit::driver::{Client, Trust};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, name, authority, person, login] = arguments.as_slice() else {
        bail!("ADDRESS NAME CA-FILE SIP-ADDRESS DOMAIN\\LOGIN");
    };
    let (domain, login) = login.split_once('\\').context("DOMAIN\\LOGIN")?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let password = lines.next_line().await?.context("no password")?;
    let profile = Profile::new(person, &password, 1).with_login(domain, login).at(SystemClock.wall_time());
    let trust = Trust::authority(Path::new(authority), name)?;
    let mut client = Client::tls(address, &trust, profile).await?;
    client.sign_in().await?;
    say("signed in").await?;
    while lines.next_line().await?.is_some() {
        client.first_subscriptions().await?;
        say("here").await?;
    }
    Ok(client.close().await?)
}

async fn say(word: &str) -> Result<()> {
    let mut out = tokio::io::stdout();
    out.write_all(format!("{word}\n").as_bytes()).await?;
    Ok(out.flush().await?)
}
