//! The metrics page of a server: what it counted, and that nothing in it panicked.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Reads the page.
pub(crate) async fn scrape(address: SocketAddr) -> Result<String> {
    let mut stream = TcpStream::connect(address).await.context("the metrics port does not answer")?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut page = String::new();
    stream.read_to_string(&mut page).await?;
    Ok(page)
}

/// Adds up the samples of a metric whose labels hold a text.
pub(crate) fn total(page: &str, name: &str, labels: &str) -> f64 {
    page.lines()
        .filter(|line| line.starts_with(name) && line.contains(labels))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}

/// The places in which a panic is caught and counted.
const PANICS: [&str; 4] = [
    "rapport_edge_panics_total",
    "rapport_connection_panics_total",
    "rapport_http_panics_total",
    "rapport_web_panics_total",
];

/// Sees that nothing panicked.
///
/// # Errors
/// Something did, or the page doesn't say.
pub(crate) fn without_panics(page: &str) -> Result<()> {
    for name in PANICS {
        let told =
            page.lines().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{'])));
        ensure!(told, "the metrics don't say {name}");
        let count = total(page, name, "");
        if count != 0.0 {
            bail!("{name} is {count}: the server's log says where");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_fails_a_run_and_so_does_not_knowing() {
        let page = |name: &str, count: u32| {
            let mut page = String::from("HTTP/1.1 200 OK\r\n\r\n");
            for other in PANICS {
                let count = if other == name { count } else { 0 };
                page.extend(["# TYPE ", other, " counter\n", other, " ", &count.to_string(), "\n"]);
            }
            page
        };
        without_panics(&page("", 0)).expect("nothing panicked");
        for name in PANICS {
            let said = without_panics(&page(name, 2)).expect_err("it panicked").to_string();
            assert_eq!(said, format!("{name} is 2: the server's log says where"));
            let without = page("", 0).replace(&format!("{name} 0\n"), "");
            let said = without_panics(&without).expect_err("it is not told").to_string();
            assert_eq!(said, format!("the metrics don't say {name}"));
        }
    }

    #[test]
    fn every_counter_of_panics_that_there_is_is_looked_at() {
        let reference = include_str!("../../../docs/metrics.md");
        let told = reference.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let panics: Vec<&str> = told.filter(|name| name.contains("panic")).collect();
        assert_eq!(panics, PANICS);
    }
}
