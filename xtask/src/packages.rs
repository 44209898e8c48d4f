//! What the tests need of the system: Debian packages, installed when they are missing, and
//! cargo's own tools.

use anyhow::{Result, bail};

use crate::shell::{cargo, command, output_of, passes, works};

/// Package, and what it is for.
const NEEDED: &[(&str, &str)] = &[
    ("gcc", "compiles the test client, the oracle and the libxml2 repair"),
    ("g++", "compiles what drives the fuzz targets"),
    ("libc6-dev", "compiles the test client, the oracle and the libxml2 repair"),
    ("make", "builds the libxml2 repair as its README says"),
    ("pkg-config", "finds the libraries of the test client"),
    ("pidgin-sipe", "the real client's plugin"),
    ("libpurple-dev", "the real client's body"),
    ("libjson-glib-dev", "the test client speaks JSON"),
    ("libxml2-dev", "the test client and the libxml2 repair"),
    ("sipsak", "speaks SIP to the server, independently"),
    ("sip-tester", "sipp speaks SIP to the server, independently"),
    ("gss-ntlmssp", "computes NTLM tokens and signatures, independently"),
    ("libkrb5-dev", "the oracle calls gss-ntlmssp through GSSAPI"),
    ("strace", "shows that data is synced before an answer is written"),
    ("faketime", "sets the server's wall clock to other days"),
    ("dnsmasq-base", "answers the doctor's questions to the DNS"),
    ("pebble", "an ACME server that gives the server its certificate"),
    ("prometheus", "runs the queries of the dashboard"),
    ("dpkg-dev", "finds what the package depends on"),
    ("binutils", "takes the symbols out of the packaged program"),
    ("lintian", "checks the package, independently"),
    ("systemd", "starts the packaged service, in a copy of the machine"),
    ("iproute2", "sets up the network of that copy"),
    ("man-db", "reads the manual pages"),
    ("zsh", "reads its completions"),
    ("openssl", "speaks TLS to the server, independently"),
    ("curl", "runs the guide's examples"),
    ("python3", "runs the guide's examples"),
    ("python3-venv", "holds schemathesis, which tries the web API by its description"),
];

/// Installs the Debian packages that are missing, and says so.
pub(crate) fn install_missing() -> Result<()> {
    if !works(&mut command("dpkg-query", &["--version"])) {
        eprintln!("xtask: this is not Debian; the tests need what these packages hold: {}", names(NEEDED));
        return Ok(());
    }
    let missing: Vec<_> = NEEDED.iter().filter(|(name, _)| !installed(name)).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("xtask: the tests need {} Debian package(s) that are not installed:", missing.len());
    for (name, reason) in &missing {
        eprintln!("  {name:<18} {reason}");
    }
    if !apt_install(&missing)? {
        bail!(
            "the packages could not be installed; install them by hand: apt-get install {}",
            names(&missing)
        );
    }
    Ok(())
}

/// Installs npm, which brings the Node.js that builds the pages.
pub(crate) fn install_npm() -> Result<()> {
    let npm = [("npm", "brings the Node.js that builds the pages")];
    if works(&mut command("dpkg-query", &["--version"])) && apt_install(&npm)? {
        return Ok(());
    }
    bail!("there is no npm, which brings Node.js; install npm, or Node.js 22, by hand")
}

/// Installs the browser that the pages are looked at with.
pub(crate) fn install_browser() -> Result<()> {
    let browser = [
        ("chromium", "shows the pages"),
        ("fonts-noto-core", "has the letters of every language"),
        ("fonts-noto-color-emoji", "has emoji"),
    ];
    if !works(&mut command("dpkg-query", &["--version"])) || browser.iter().all(|(name, _)| installed(name)) {
        return Ok(());
    }
    if !apt_install(&browser)? {
        bail!("the browser could not be installed; install it by hand: apt-get install {}", names(&browser));
    }
    Ok(())
}

/// Whether there is a browser that tests can drive.
pub(crate) fn has_browser() -> bool {
    let chromium = std::env::var("RAPPORT_CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    works(&mut command(&chromium, &["--version"]))
}

/// Installs Debian packages; false when that can't be done.
fn apt_install(packages: &[(&str, &str)]) -> Result<bool> {
    let root = output_of(&mut command("id", &["-u"]))?.trim() == "0";
    let apt = |arguments: &[&str]| {
        let mut words = if root { vec![] } else { vec!["sudo"] };
        // A package that brings a service must not start it: the tests start their own.
        words.extend(["env", "RUNLEVEL=1", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        words.extend(arguments);
        passes(&mut command(words[0], &words[1..]))
    };
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(packages.iter().map(|(name, _)| *name));
    // A machine that is set up already may have its lists; one that is fresh has none.
    Ok(apt(&install)? || (apt(&["update"])? && apt(&install)?))
}

fn installed(name: &str) -> bool {
    output_of(&mut command("dpkg-query", &["-W", "-f=${Status}", name]))
        .is_ok_and(|status| status.ends_with(" installed"))
}

fn names(packages: &[(&str, &str)]) -> String {
    packages.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
}

/// Whether a subcommand of cargo is there.
pub(crate) fn has_cargo(tool: &str) -> bool {
    works(&mut cargo(&[tool, "--version"]))
}

/// Sees that a subcommand of cargo is there, and installs it when it isn't; says so.
pub(crate) fn install_cargo(tool: &str) -> Result<bool> {
    if has_cargo(tool) {
        return Ok(true);
    }
    let package = format!("cargo-{tool}");
    eprintln!("xtask: {package} is not installed; installing it takes some minutes, once");
    passes(cargo(&["install", "--locked", &package]).env_remove("CARGO_TARGET_DIR"))
}

/// Whether a copy of the machine can be started: an overlay in namespaces of its own.
pub(crate) fn namespaces() -> bool {
    let script = "d=$(mktemp -d) && mount --make-rprivate / && mount -t tmpfs tmpfs $d && mkdir $d/u $d/w $d/r && \
                  mount -t overlay overlay -o lowerdir=/,upperdir=$d/u,workdir=$d/w $d/r && umount $d/r $d && rmdir $d";
    let arguments = ["--fork", "--pid", "--mount", "--net", "--uts", "--ipc", "--cgroup", "sh", "-c", script];
    works(&mut command("unshare", &arguments))
}

/// Whether a file system of a test's own can be mounted.
pub(crate) fn mounts() -> bool {
    let script = "d=$(mktemp -d) && mount -t tmpfs tmpfs $d && umount $d && rmdir $d";
    works(&mut command("sh", &["-c", script]))
}
