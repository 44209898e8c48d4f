//! What is in the package, and what it is like.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Scratch, build, done, output, text};

fn files(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut found: Vec<_> =
        fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    found
}

#[test]
fn the_same_sources_give_the_same_bytes_lintian_finds_no_error_and_bash_zsh_and_man_read_what_is_theirs() {
    let scratch = Scratch::new();
    let package = build(&scratch.path().join("one"));
    let again = build(&scratch.path().join("two"));
    assert!(fs::read(&package).expect("built") == fs::read(&again).expect("built"), "the packages differ");

    let lintian = output(Command::new("lintian").args(["--fail-on", "error"]).arg(&package));
    assert!(lintian.status.success(), "{}{}", text(&lintian.stdout), text(&lintian.stderr));

    let tree = scratch.path().join("tree");
    done(Command::new("dpkg-deb").arg("-x").args([&package, &tree]));
    let completions = tree.join("usr/share/bash-completion/completions/rapport");
    done(Command::new("bash").arg("-n").arg(&completions));
    done(Command::new("zsh").arg("-n").arg(tree.join("usr/share/zsh/vendor-completions/_rapport")));
    // Not read: fish takes longer to install than everything else here takes.
    assert!(tree.join("usr/share/fish/vendor_completions.d/rapport.fish").exists());
    let complete = format!(
        "source {}; COMP_WORDS=(rapport user app); COMP_CWORD=2; _rapport rapport app user; echo \"${{COMPREPLY[@]}}\"",
        completions.display()
    );
    assert_eq!(done(Command::new("bash").args(["-c", &complete])).trim(), "app-password");

    let pages = [files(&tree.join("usr/share/man/man1")), files(&tree.join("usr/share/man/man5"))].concat();
    assert!(pages.len() > 30, "a page for each verb: {pages:?}");
    for page in pages {
        let mut man = Command::new("man");
        man.args(["--warnings", "-E", "UTF-8", "-Tutf8", "-Z", "-l"]).arg(&page).env("MANWIDTH", "80");
        let read = output(man.env("LC_ALL", "C.UTF-8"));
        assert!(
            read.status.success() && read.stderr.is_empty(),
            "{}: {}",
            page.display(),
            text(&read.stderr)
        );
    }

    let bill = done(Command::new("zcat").arg(tree.join("usr/share/doc/rapport/rapport.cdx.json.gz")));
    let bill: serde_json::Value = serde_json::from_str(&bill).expect("JSON");
    assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&"CycloneDX".into(), &"1.5".into()));
}
