//! Disks that are full: a small file system of a test's own, or a bound on the size of a process' files.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use real_clients::Scratch;

/// A small file system in memory, gone at the end of its scope.
#[derive(Debug)]
pub struct SmallDisk {
    at: PathBuf,
    _scratch: Scratch,
}

impl SmallDisk {
    /// Mounts a file system of so many MiB; none where this account may not.
    pub fn mount(mebibytes: u32) -> Option<Self> {
        let scratch = Scratch::new("disk");
        let at = scratch.path().join("d");
        fs::create_dir_all(&at).expect("a directory");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m,mode=0700"), "rapport-power"])
            .arg(&at)
            .stderr(Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(Self { at, _scratch: scratch })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.at
    }

    /// Takes all room that is left.
    pub fn fill(&self) {
        let mut file = File::create(self.at.join("filler")).expect("a file");
        let mut block = vec![0x5a_u8; 64 * 1024];
        while !block.is_empty() {
            // What no longer fits whole is halved, until not a byte fits.
            if file.write_all(&block).is_err() {
                block.truncate(block.len() / 2);
            }
        }
    }

    /// Gives the room back.
    pub fn free(&self) {
        fs::remove_file(self.at.join("filler")).expect("it was filled");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a server that is being killed may still have files open.
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

/// Bounds the size of the files that a process writes from now on, in bytes; none is no bound.
pub fn bound_files(process: u32, bytes: Option<u64>) {
    let size = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
    // The hard limit stays, or it could not be raised again.
    let status =
        Command::new("prlimit").args(["--pid", &process.to_string(), &format!("--fsize={size}:")]).status();
    assert!(status.is_ok_and(|status| status.success()), "prlimit is in Debian's package util-linux");
}
