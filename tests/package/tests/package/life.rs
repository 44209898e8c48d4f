//! The package's life: installed, configured, started by systemd, used, reloaded, hung, upgraded, removed and purged. What
//! `docs/install.md` says is what is done here.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;

use crate::machine::{Client, Machine};
use crate::{Scratch, built};

#[test]
fn the_package_is_installed_serves_under_systemd_and_is_removed_without_the_companies_data() {
    let scratch = Scratch::new();
    let package = built(scratch.path());
    let mut machine = Machine::boot();
    fs::copy(&package, machine.path("/root/rapport.deb")).expect("copied");

    machine.does("dpkg -i /root/rapport.deb");
    assert_eq!(machine.property("UnitFileState"), "disabled", "nobody has configured it");
    assert_eq!(machine.property("ActiveState"), "inactive");
    machine.does("systemd-analyze verify /lib/systemd/system/rapport.service");
    machine.does("systemd-analyze security --offline=yes --threshold=20 /lib/systemd/system/rapport.service");

    configure_and_start(&machine);
    let mut client = first_sign_in(&machine);
    is_confined(&machine);

    machine.does("systemctl reload rapport");
    machine.wait_for("the log filter is read again", |machine| logged(machine, "log filter read again"));
    assert_eq!(machine.property("ActiveState"), "active");
    client.is_served();

    hung_servers_are_started_anew(&mut machine);

    let before = machine.property("MainPID");
    machine.does("dpkg -i /root/rapport.deb");
    assert_ne!(machine.property("MainPID"), before, "an upgrade starts a server that runs anew");
    machine.does("rapport user show example kim");
    machine.does("grep -q sip.example.com /etc/rapport/rapport.toml");

    machine.does("systemctl stop rapport");
    assert_eq!(
        (machine.property("Result").as_str(), machine.property("ExecMainStatus").as_str()),
        ("success", "0")
    );
    // The journal writes what it was told when it gets to it.
    machine.wait_for("nothing had to be cut", |machine| logged(machine, "rapport::serve: ended\n"));

    machine.does("systemctl start rapport && dpkg -r rapport");
    assert!(!machine.path("/usr/bin/rapport").exists());
    machine.does("! systemctl is-active rapport");
    assert!(
        machine.path("/etc/rapport/rapport.toml").exists()
            && machine.path("/var/lib/rapport/rapport.db").exists()
    );
    let said = machine.does("dpkg -P rapport 2>&1");
    assert!(said.contains("the data of the companies is kept in /var/lib/rapport"), "{said}");
    assert!(
        !machine.path("/etc/rapport/rapport.toml").exists() && !machine.path("/var/log/rapport").exists()
    );
    assert!(machine.path("/var/lib/rapport/service.key").exists());

    machine.does("dpkg -i /root/rapport.deb && rm -rf /var/lib/rapport/* && dpkg -P rapport");
    assert!(!machine.path("/var/lib/rapport").exists(), "a directory without data is no data");
}

fn configure_and_start(machine: &Machine) {
    let file = machine.path("/etc/rapport/rapport.toml");
    let shipped = fs::read_to_string(&file).expect("a configuration");
    let configured = shipped.replace("#name = \"\"", "name = \"sip.example.com\"");
    assert_ne!(configured, shipped);
    fs::write(&file, configured).expect("written");
    let said = machine.does("rapport check-config /etc/rapport/rapport.toml");
    assert!(said.contains("Clients know this server as sip.example.com."), "{said}");
    machine.does("systemctl enable --now rapport");
    assert_eq!(machine.property("ActiveState"), "active");
    assert_eq!(machine.property("StatusText"), "serving as sip.example.com");
}

fn first_sign_in(machine: &Machine) -> Client {
    machine.does("rapport tenant add example --domain example.com --netbios-name EXAMPLE");
    machine.does("rapport user add example kim@example.com --display-name 'Kim Ruiz' --no-password");
    let issued = machine.does("rapport user app-password add example kim@example.com --name laptop --json");
    let issued: serde_json::Value = serde_json::from_str(&issued).expect("JSON");
    let password = issued["password"].as_str().expect("a password");
    let mut client = Client::sign_in(machine, password);
    client.is_served();
    client
}

/// Looks at the process as the kernel sees it.
fn is_confined(machine: &Machine) {
    let id = machine.property("MainPID");
    let read = |name: &str| fs::read_to_string(machine.path(&format!("/proc/{id}/{name}"))).expect("it runs");
    let status = read("status");
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a field");
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let account = machine.does("id -u rapport").trim().to_owned();
    assert!(field("Uid:").iter().all(|uid| *uid == account), "{status}");
    for name in ["CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
        assert_eq!(field(name), ["0000000000000400"], "{name} is CAP_NET_BIND_SERVICE alone");
    }
    assert_eq!((field("NoNewPrivs:"), field("Seccomp:")), (vec!["1".to_owned()], vec!["2".to_owned()]));
    let limit = |limits: &str, name: &str| {
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).expect("a limit");
        line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    let limits = read("limits");
    assert_eq!(limit(&limits, "Max core file size"), ["0", "0"]);
    // A machine on which not even root may raise limits gives what it has.
    let files = limit(&limits, "Max open files");
    let of_machine = limit(&fs::read_to_string("/proc/self/limits").expect("it runs"), "Max open files");
    assert!(files == ["524288", "524288"] || files[1] == of_machine[1], "{limits}");
    assert_eq!(files[0], files[1], "the server takes all that it may have");
    let mounts = read("mountinfo");
    let root = mounts.lines().find(|line| line.split(' ').nth(4) == Some("/")).expect("a root");
    assert!(root.split(' ').nth(5).is_some_and(|options| options.split(',').any(|o| o == "ro")), "{root}");
    let inside = |line: &str| {
        machine.does(&format!("nsenter --target {id} --mount --root --wdns=/ -- sh -c '{line}'"));
    };
    inside("touch /var/lib/rapport/x && rm /var/lib/rapport/x && ! touch /etc/rapport/x 2>/dev/null");
    inside(
        "test -z \"$(ls -A /root /home 2>/dev/null | grep -v :)\" && test ! -e /dev/vda && ! touch /usr/x 2>/dev/null",
    );
    // A process that may not be dumped belongs, in /proc, to root.
    let environ = fs::metadata(machine.path(&format!("/proc/{id}/environ"))).expect("it runs");
    assert_eq!(environ.uid(), 0, "other programs of the account may look into the memory");
    let key = fs::read_to_string(machine.path("/var/lib/rapport/service.key")).expect("a key");
    let secret =
        key.lines().rfind(|line| !line.starts_with('#')).and_then(|l| l.split(' ').nth(1)).expect("a key");
    for name in ["environ", "cmdline"] {
        assert!(!read(name).contains(secret), "the service key is in {name}");
    }
    for (path, mode) in [("", 0o700), ("service.key", 0o600), ("rapport.db", 0o600), ("dev-key.pem", 0o600)] {
        let metadata = fs::metadata(machine.path(&format!("/var/lib/rapport/{path}"))).expect("there");
        assert_eq!(metadata.permissions().mode() & 0o777, mode, "{path}");
        assert_eq!(metadata.uid().to_string(), account, "{path}");
    }
}

fn hung_servers_are_started_anew(machine: &mut Machine) {
    assert_eq!(machine.property("WatchdogUSec"), "30s", "what the package asks for");
    // So that a hang is found sooner than the half minute of the package.
    machine.does(
        "mkdir -p /run/systemd/system/rapport.service.d && \
         printf '[Service]\\nWatchdogSec=5s\\n' >/run/systemd/system/rapport.service.d/test.conf && \
         systemctl daemon-reload && systemctl restart rapport",
    );
    let (id, heard) = (machine.property("MainPID"), machine.property("WatchdogTimestampMonotonic"));
    machine.wait_for("the server says that it is alive", |machine| {
        machine.property("WatchdogTimestampMonotonic") != heard
    });
    assert_eq!(machine.property("NRestarts"), "0");
    // Nothing but the watchdog ends a process that stands still.
    machine.does(&format!("kill -STOP {id}"));
    machine.wait_for("systemd starts a server that hangs anew", |machine| {
        machine.property("NRestarts") != "0" && machine.property("ActiveState") == "active"
    });
}

fn logged(machine: &Machine, what: &str) -> bool {
    machine.does("journalctl --unit=rapport --no-pager").contains(what)
}
