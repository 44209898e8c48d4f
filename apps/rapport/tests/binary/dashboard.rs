//! The dashboard that is shipped: each of its queries gives something when Prometheus runs it on the real metrics page.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rapport_testkit::ports;
use serde_json::Value;

use crate::support::{Directory, Server, rapport};

const DASHBOARD: &str = include_str!("../../../../contrib/grafana/rapport.json");

/// Prometheus, from Debian's package, until it is dropped.
struct Prometheus {
    child: Child,
    address: SocketAddr,
}

impl Prometheus {
    fn start(directory: &Directory, scraped: SocketAddr) -> Self {
        let config = directory.write(
            "prometheus.yml",
            &format!(
                "global: {{ scrape_interval: 200ms }}\nscrape_configs:\n- job_name: rapport\n  \
                 static_configs: [{{ targets: ['{scraped}'] }}]\n"
            ),
        );
        let address = SocketAddr::from(([127, 0, 0, 1], ports::take()));
        let mut child = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", directory.path().join("tsdb").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("Debian's package prometheus is installed");
        let log = BufReader::new(child.stderr.take().expect("piped"));
        let (ready, is_ready) = std::sync::mpsc::channel();
        // What it says later is read too: a full pipe would stop it.
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                if line.contains("ready to receive web requests") {
                    let _ = ready.send(());
                }
            }
        });
        is_ready.recv_timeout(Duration::from_secs(60)).expect("Prometheus becomes ready");
        Self { child, address }
    }

    /// Runs an instant query, and returns its series.
    fn query(&self, query: &str) -> Vec<Value> {
        let mut stream = TcpStream::connect(self.address).expect("Prometheus listens");
        let escaped: String = query.bytes().map(|octet| format!("%{octet:02X}")).collect();
        write!(stream, "GET /api/v1/query?query={escaped} HTTP/1.0\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let body = answer.split_once("\r\n\r\n").expect("a body").1;
        let value: Value =
            serde_json::from_str(body).unwrap_or_else(|error| panic!("{query}: {error}: {answer}"));
        assert_eq!(value["status"], "success", "{query}: {value}");
        value["data"]["result"].as_array().expect("series").clone()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Every query of the dashboard, with Grafana's variables filled in.
fn queries() -> Vec<String> {
    fn collect(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(query) = fields.get("expr").and_then(Value::as_str) {
                    found.push(query.replace("$instance", ".*").replace("$__rate_interval", "1m"));
                }
                fields.values().for_each(|value| collect(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    collect(&serde_json::from_str(DASHBOARD).expect("the dashboard is JSON"), &mut found);
    found
}

#[test]
fn every_query_of_the_dashboard_gives_something_on_the_real_metrics() {
    let directory = Directory::new();
    let (data, backups) = (directory.path().join("data"), directory.path().join("backups"));
    std::fs::create_dir(&backups).expect("a directory");
    let config = directory.write(
        "rapport.toml",
        &format!(
            "[listen]\ntls = \"127.0.0.1:0\"\nhttps = \"127.0.0.1:0\"\nmetrics = \"127.0.0.1:0\"\n\
             [backup]\ndirectory = \"{}\"\n",
            backups.display()
        ),
    );
    let [config, at] = [&config, &data].map(|path| path.display().to_string());
    let server = Server::run(rapport(&["serve", "--config", &config, "--data", &at]), data);
    let prometheus = Prometheus::start(&directory, server.address("metrics"));
    let mut queries = queries();
    assert!(queries.len() > 30, "{} queries", queries.len());
    // A rate needs two readings, and the first backup, which is due at once, some time.
    #[expect(clippy::disallowed_methods, reason = "a deadline for what another program does")]
    let began = Instant::now();
    while !queries.is_empty() {
        assert!(began.elapsed() < Duration::from_secs(120), "these give nothing: {queries:#?}");
        queries.retain(|query| prometheus.query(query).is_empty());
    }
    server.stop();
}

#[test]
fn every_metric_is_on_the_dashboard_and_no_other() {
    let reference = include_str!("../../../../docs/metrics.md");
    let metrics: BTreeSet<&str> = reference.lines().filter_map(|line| line.split('`').nth(1)).collect();
    let shown: BTreeSet<&str> = DASHBOARD
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("rapport_"))
        .collect();
    let missing: Vec<_> = metrics.difference(&shown).filter(|name| name.starts_with("rapport_")).collect();
    let unknown: Vec<_> = shown.difference(&metrics).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "not shown: {missing:?}; not there: {unknown:?}");
}
