//! The tree of the package: every file in its place, with its mode, and what dpkg wants to know of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{Package, sbom, source};
use crate::shell::{command, output_of};

const DOC: &str = "usr/share/doc/rapport";

/// Files that are installed as they stand in the project.
const COPIED: &[(&str, &str)] = &[
    ("deploy/rapport.service", "lib/systemd/system/rapport.service"),
    ("deploy/rapport.sysusers", "usr/lib/sysusers.d/rapport.conf"),
    ("docs/rapport.example.toml", "etc/rapport/rapport.toml"),
    ("docs/install.md", "usr/share/doc/rapport/install.md"),
    ("docs/metrics.md", "usr/share/doc/rapport/metrics.md"),
    ("docs/compatibility.md", "usr/share/doc/rapport/compatibility.md"),
    ("docs/pidgin-on-debian-12.md", "usr/share/doc/rapport/pidgin-on-debian-12.md"),
    ("deploy/debian/lintian-overrides", "usr/share/lintian/overrides/rapport"),
];

/// Where each shell looks for what it completes.
const COMPLETIONS: &[(&str, &str)] = &[
    ("bash", "usr/share/bash-completion/completions/rapport"),
    ("zsh", "usr/share/zsh/vendor-completions/_rapport"),
    ("fish", "usr/share/fish/vendor_completions.d/rapport.fish"),
];

/// Writes the whole tree, `DEBIAN` included.
pub(super) fn tree(package: &Package, to: &Path) -> Result<()> {
    program(package, to)?;
    for (from, path) in COPIED {
        put(to, path, &fs::read(source(from)).with_context(|| format!("cannot read {from}"))?, 0o644)?;
    }
    for (shell, path) in COMPLETIONS {
        put(to, path, output_of(&mut rapport(package, &["completions", shell]))?.as_bytes(), 0o644)?;
    }
    manual(package, to)?;
    notices(package, to)?;
    control(package, to)
}

/// The program as it is in the package: without symbols.
fn program(package: &Package, to: &Path) -> Result<()> {
    let path = to.join("usr/bin/rapport");
    fs::create_dir_all(to.join("usr/bin"))?;
    let mut strip = command("strip", &["--strip-unneeded", "--remove-section=.comment", "-o"]);
    output_of(strip.arg(&path).arg(&package.binary))?;
    chmod(&path, 0o755)
}

fn rapport(package: &Package, arguments: &[&str]) -> std::process::Command {
    let mut rapport = command(&package.binary.to_string_lossy(), arguments);
    rapport.env("SOURCE_DATE_EPOCH", &package.epoch);
    rapport
}

fn manual(package: &Package, to: &Path) -> Result<()> {
    let pages = to.join("manual");
    output_of(rapport(package, &["manual"]).arg(&pages))?;
    for page in sorted(&pages)? {
        let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let section = name.rsplit('.').next().unwrap_or("1").to_owned();
        let path = format!("usr/share/man/man{section}/{name}");
        put(to, &path, &fs::read(&page)?, 0o644)?;
        compress(&to.join(path))?;
    }
    fs::remove_dir_all(&pages).context("cannot remove the pages")
}

/// Whose work it is, what it is built from, and what has changed.
fn notices(package: &Package, to: &Path) -> Result<()> {
    let copyright = fs::read_to_string(source("deploy/debian/copyright"))?;
    let mit = fs::read_to_string(source("LICENSE-MIT"))?;
    let indented: Vec<_> = mit
        .lines()
        .map(|line| if line.trim().is_empty() { " .".to_owned() } else { format!(" {}", line.trim()) })
        .collect();
    put(to, &format!("{DOC}/copyright"), copyright.replace("@MIT@", &indented.join("\n")).as_bytes(), 0o644)?;
    let date = output_of(&mut command("date", &["-R", "-u", "-d", &format!("@{}", package.epoch)]))?;
    let debian = format!(
        "rapport ({}) unstable; urgency=medium\n\n  * What has changed is in changelog.gz.\n\n -- Rapport maintainers <maintainers@rapport.invalid>  {date}",
        package.version
    );
    let compressed = [
        ("THIRD-PARTY.md", fs::read_to_string(source("THIRD-PARTY.md"))?),
        ("changelog", fs::read_to_string(source("CHANGELOG.md"))?),
        ("changelog.Debian", debian),
        ("rapport.cdx.json", sbom::document(&package.version, &package.epoch)?),
    ];
    for (name, text) in compressed {
        let path = format!("{DOC}/{name}");
        put(to, &path, text.as_bytes(), 0o644)?;
        compress(&to.join(path))?;
    }
    Ok(())
}

/// What dpkg goes by.
fn control(package: &Package, to: &Path) -> Result<()> {
    for script in ["postinst", "prerm", "postrm"] {
        let text = fs::read(source(&format!("deploy/debian/{script}")))?;
        put(to, &format!("DEBIAN/{script}"), &text, 0o755)?;
    }
    put(to, "DEBIAN/conffiles", b"/etc/rapport/rapport.toml\n", 0o644)?;
    let files: Vec<_> = walk(to)?.into_iter().filter(|path| !path.starts_with("DEBIAN")).collect();
    let mut kib = 0;
    let mut sums = String::new();
    for path in &files {
        kib += fs::metadata(to.join(path))?.len().div_ceil(1024);
        if !path.starts_with("etc") {
            let sum = output_of(command("md5sum", &[path]).current_dir(to))?;
            sums.push_str(&sum);
        }
    }
    put(to, "DEBIAN/md5sums", sums.as_bytes(), 0o644)?;
    let control = fs::read_to_string(source("deploy/debian/control"))?
        .replace("@VERSION@", &package.version)
        .replace("@ARCHITECTURE@", &package.architecture)
        .replace("@SIZE@", &kib.to_string())
        .replace("@DEPENDS@", &libraries(to)?);
    put(to, "DEBIAN/control", control.as_bytes(), 0o644)
}

/// The packages of the libraries that the program is linked with, as `dpkg-shlibdeps` finds them.
fn libraries(to: &Path) -> Result<String> {
    // It wants to be in a source package.
    let scratch = to.join("DEBIAN/scratch");
    put(&scratch, "debian/control", b"Source: rapport\n\nPackage: rapport\nArchitecture: any\n", 0o644)?;
    let program = to.join("usr/bin/rapport");
    let found = output_of(command("dpkg-shlibdeps", &["-O"]).arg("-e").arg(program).current_dir(&scratch))?;
    fs::remove_dir_all(&scratch)?;
    match found.lines().find_map(|line| line.strip_prefix("shlibs:Depends=")) {
        Some(packages) => Ok(packages.to_owned()),
        None => bail!("dpkg-shlibdeps did not say what the program depends on: {found}"),
    }
}

fn put(to: &Path, path: &str, bytes: &[u8], mode: u32) -> Result<()> {
    let file = to.join(path);
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    }
    fs::write(&file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
    chmod(&file, mode)
}

fn chmod(file: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(file, fs::Permissions::from_mode(mode))
        .with_context(|| format!("cannot set the mode of {}", file.display()))
}

/// Compresses a file as Debian wants it, without name and time.
fn compress(file: &Path) -> Result<()> {
    output_of(command("gzip", &["-9n"]).arg(file)).map(drop)
}

fn sorted(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Every file below a directory, by its path from there, sorted; directories get their mode.
fn walk(to: &Path) -> Result<Vec<PathBuf>> {
    let (mut files, mut directories) = (Vec::new(), vec![to.to_owned()]);
    while let Some(directory) = directories.pop() {
        chmod(&directory, 0o755)?;
        for path in sorted(&directory)? {
            if path.is_dir() {
                directories.push(path);
            } else {
                files.push(path.strip_prefix(to)?.to_owned());
            }
        }
    }
    files.sort();
    Ok(files)
}
