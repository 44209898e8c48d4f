//! A copy of this machine that is thrown away: an overlay over its root, with process, mount, network and control-group
//! namespaces of its own, and a systemd as its first process.
//!
//! What could reach the machine itself is out of its reach: `/proc/sys` is read-only, and what would load modules, set
//! kernel variables or look for devices is masked.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::{Scratch, done, output};

/// Runs as the first process of the namespaces; its argument is a directory for the copy.
const BOOT: &str = r#"set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$1"
cd "$1"
mkdir upper work root
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
mount -t proc proc root/proc
mount --bind root/proc/sys root/proc/sys
mount -o remount,ro,bind root/proc/sys
mount -t sysfs -o ro sysfs root/sys
mount -t tmpfs -o mode=755 tmpfs root/sys/fs/cgroup
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
	umount root/sys/fs/cgroup
	mount -t cgroup2 cgroup2 root/sys/fs/cgroup
else
	mkdir root/sys/fs/cgroup/systemd root/sys/fs/cgroup/unified
	mount -t cgroup -o none,name=systemd cgroup root/sys/fs/cgroup/systemd
	mount -t cgroup2 cgroup2 root/sys/fs/cgroup/unified
fi
mount -t tmpfs -o mode=755 tmpfs root/run
mount -t tmpfs -o mode=1777 tmpfs root/tmp
mount -t tmpfs -o mode=755 tmpfs root/dev
for device in null zero full random urandom tty; do cp -a /dev/$device root/dev/; done
mkdir root/dev/pts root/dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts root/dev/pts
ln -s pts/ptmx root/dev/ptmx
ln -s /proc/self/fd root/dev/fd
for unit in systemd-sysctl systemd-modules-load systemd-remount-fs systemd-udevd systemd-udev-trigger \
	systemd-networkd systemd-resolved systemd-timesyncd systemd-logind; do
	ln -sf /dev/null root/etc/systemd/system/$unit.service
done
# Where services are kept from starting with their packages, this is how; in here they are meant to.
rm -f root/usr/sbin/policy-rc.d
ip link set lo up
export container=rapport-test
exec chroot root /lib/systemd/systemd --system --unit=basic.target --log-target=null
"#;

/// The copy, as long as the test runs.
pub(crate) struct Machine {
    /// Holds the namespaces; when it ends, everything in them does.
    outside: Child,
    /// The systemd, by its number out here.
    init: u32,
    _scratch: Scratch,
}

impl Machine {
    /// Starts the copy, and waits until its systemd has started what belongs to every machine.
    pub(crate) fn boot() -> Self {
        let scratch = Scratch::new();
        let mut outside = Command::new("unshare");
        outside.args(["--fork", "--pid", "--mount", "--net", "--uts", "--ipc", "--cgroup", "--kill-child"]);
        outside.args(["sh", "-c", BOOT, "boot"]).arg(scratch.path());
        let outside =
            outside.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("namespaces are allowed");
        let init = child_of(outside.id());
        let mut machine = Self { outside, init, _scratch: scratch };
        machine.wait_for("its systemd runs", |machine| {
            // The number is the shell's until it has become systemd.
            fs::read_to_string(format!("/proc/{}/comm", machine.init)).is_ok_and(|name| name == "systemd\n")
                && output(&mut machine.command("systemctl", &["is-active", "basic.target"])).status.success()
        });
        machine
    }

    /// A command inside.
    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command =
            self.enter(&["--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup", "--root", "--wdns=/"]);
        command.arg(program).args(arguments);
        command
    }

    /// A program of out here, on the network in there.
    pub(crate) fn on_network(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = self.enter(&["--net"]);
        command.arg(program).args(arguments);
        command
    }

    fn enter(&self, namespaces: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.init.to_string()]).args(namespaces).arg("--");
        command.env("LC_ALL", "C.UTF-8").env("SYSTEMD_PAGER", "").stdin(Stdio::null());
        command
    }

    /// Runs a command line inside that must succeed.
    pub(crate) fn does(&self, line: &str) -> String {
        done(&mut self.command("sh", &["-c", line]))
    }

    /// A file inside, as it is reached from out here.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        Path::new("/proc").join(self.init.to_string()).join("root").join(path.trim_start_matches('/'))
    }

    /// A property of the service.
    pub(crate) fn property(&self, name: &str) -> String {
        self.does(&format!("systemctl show --value --property={name} rapport")).trim().to_owned()
    }

    /// Waits until something holds that systemd does by itself, asking in between.
    pub(crate) fn wait_for(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let mut left = 1_200;
        while !holds(self) {
            assert!(
                self.outside.try_wait().expect("it is ours").is_none(),
                "the copy of the machine has ended"
            );
            assert!(left > 0, "{what}: not within two minutes");
            left -= 1;
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // The first process of a namespace takes all others along.
        let _ = Command::new("kill").args(["-KILL", &self.init.to_string()]).status();
        let _ = self.outside.kill();
        let _ = self.outside.wait();
    }
}

/// The only child of a process, once there is one.
fn child_of(parent: u32) -> u32 {
    for _ in 0..600 {
        let children =
            fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        if let Some(child) = children.split_whitespace().next().and_then(|child| child.parse().ok()) {
            return child;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("unshare started nothing");
}

/// A client that is signed in.
pub(crate) struct Client {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Client {
    /// Signs in on port 443, and trusts nothing but the server's own authority.
    pub(crate) fn sign_in(machine: &Machine, password: &str) -> Self {
        let authority = machine.path("/var/lib/rapport/dev-ca.pem").display().to_string();
        let arguments = ["127.0.0.1:443", "sip.example.com", &authority, "kim@example.com", "EXAMPLE\\kim"];
        let mut process = machine.on_network(env!("CARGO_BIN_EXE_package-client"), &arguments);
        let mut process =
            process.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the client starts");
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().expect("piped"));
        let mut client = Self { process, input, output };
        client.say(password);
        assert_eq!(client.hear(), "signed in");
        client
    }

    /// Has the server answer something on the connection.
    pub(crate) fn is_served(&mut self) {
        self.say("");
        assert_eq!(self.hear(), "here");
    }

    fn say(&mut self, line: &str) {
        writeln!(self.input.as_mut().expect("open"), "{line}").expect("the client reads");
    }

    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the client speaks");
        line.trim().to_owned()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
