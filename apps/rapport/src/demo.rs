//! `rapport demo`: a server on loopback with a company of a dozen people, to try clients with.

mod company;

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::Result;
use rapport_edge::Offer;

use crate::config::{self, Inputs};
use crate::server::Running;
use crate::{logging, process, serve, server};

/// The password of every account of the demonstration. It protects nothing: the server listens on loopback alone.
pub const PASSWORD: &str = "lantern harbour 57 sails";

/// Runs the demonstration until it is told to end.
///
/// # Errors
/// A sentence that names what is at fault and what to do.
pub fn run(data: PathBuf, port: u16, tcp_port: Option<u16>) -> Result<()> {
    let inputs = inputs(&data, port, tcp_port);
    let (settings, _) = config::load(&inputs)?;
    let log = logging::start(&settings)?;
    process::keep_secrets();
    process::take_small_pages();
    process::take_all_files();
    serve::run_to_the_end(async {
        let signals = serve::Signals::catch()?;
        let running = server::start(&settings).await?;
        print_address(&running)?;
        company::ensure(running.services()).await?;
        print(&running, &data)?;
        serve::until_told(running, signals, &inputs, &log).await
    })
}

/// Everything on loopback, one port in the part of 443, whatever else is configured on this machine.
fn inputs(data: &Path, port: u16, tcp_port: Option<u16>) -> Inputs {
    let v6 = TcpListener::bind("[::1]:0").is_ok();
    let https = if v6 { format!("127.0.0.1:{port},[::1]:{port}") } else { format!("127.0.0.1:{port}") };
    let tcp = tcp_port.map(|port| format!("127.0.0.1:{port}")).unwrap_or_default();
    let environment = std::env::vars().filter(|(name, _)| name.starts_with("RAPPORT_LOG_")).collect();
    let set = |key, text: &str| (key, "of the demonstration", text.to_owned());
    Inputs {
        file: None,
        environment,
        command_line: vec![
            set("data.directory", &data.display().to_string()),
            set("server.name", "localhost"),
            set("listen.tls", ""),
            ("listen.https", "--port", https),
            ("listen.tcp", "--tcp-port", tcp),
            set("listen.metrics", "127.0.0.1:0"),
        ],
    }
}

/// Where web client and desktop clients reach the demonstration.
fn pages(running: &Running) -> Option<SocketAddr> {
    let pages = running.addresses().iter().find(|listen| listen.offer == Offer::SipAndHttp);
    pages.map(|listen| listen.address)
}

/// Prints the address of the web client, before there is anybody to sign in.
fn print_address(running: &Running) -> Result<()> {
    let Some(address) = pages(running) else { return Ok(()) };
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "https://{address}/im/ is the web client, as soon as there are people: \"ready\" ends this text\n"
    )?;
    Ok(out.flush()?)
}

fn print(running: &Running, data: &Path) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "Rapport's demonstration: {}, in {}\n", company::DISPLAY_NAME, data.display())?;
    for listen in running.addresses() {
        writeln!(out, "  {:24} {}", listen.offer.to_string(), listen.address)?;
    }
    if let Some(address) = running.metrics() {
        writeln!(out, "  {:24} http://{address}/metrics", "metrics")?;
    }
    writeln!(out, "  {:24} {}\n", "management", running.management().display())?;
    writeln!(out, "Every account has the password: {PASSWORD}\n")?;
    for person in company::PEOPLE {
        let address = format!("{}@{}", person.user, company::DOMAIN);
        let name = format!("{} {}", person.given_name, person.surname);
        writeln!(out, "  {address:28} {name:18} {}, {}", person.title, person.department)?;
    }
    let server = pages(running).map_or_else(|| "127.0.0.1".to_owned(), |address| address.to_string());
    let first = company::PEOPLE.first().map_or("", |person| person.user);
    let second = company::PEOPLE.get(1).map_or("", |person| person.user);
    write!(
        out,
        "\nTo sign in with Pidgin (packages pidgin and pidgin-sipe), add an account:\n\
         \n\
         \x20 Basic     Protocol         Office Communicator\n\
         \x20           Username         {first}@{domain}\n\
         \x20           Login            {netbios}\\{first}\n\
         \x20           Password         {PASSWORD}\n\
         \x20 Advanced  Server[:Port]    {server}\n\
         \x20           Connection type  SSL/TLS\n\
         \x20           Authentication scheme  NTLM\n\
         \n\
         Pidgin and the browser ask once whether to accept the certificate, which was made on this machine: say yes, or let it\n\
         trust {authority}.\n\
         Sign {second}@{domain} in from another account or machine, and the two see each other.\n\
         On Debian 12 the client shows no contacts until its libxml2 fault is repaired:\n\
         docs/pidgin-on-debian-12.md says how, and contrib/pidgin-debian12 has the repair.\n\
         \n\
         People are managed from another terminal, such as: rapport user list {company} --data {data}\n\
         The server ends with Ctrl-C; what was changed is kept.\n\
         \n\
         ready\n",
        domain = company::DOMAIN,
        netbios = company::NETBIOS,
        company = company::NAME,
        authority = data.join("dev-ca.pem").display(),
        data = data.display(),
    )?;
    out.flush()?;
    Ok(())
}
