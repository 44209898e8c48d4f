//! The write-ahead log as a crash left it: whether what was lost of it is only what nobody was told of.
//!
//! SQLite reads its log up to the first frame that is not as it was written, and forgets the rest without a word. After
//! lost power that is right: the last transaction was not synced yet, nobody was told that it is kept. But each commit
//! is synced before the next one is begun: a damaged frame with more than one commit behind it was on the disk, and what
//! is lost with it was acknowledged.
//!
//! Source: the SQLite documentation, "WAL-mode File Format".

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

const HEADER: usize = 32;
const FRAME: usize = 24;
const MAGIC: u32 = 0x377f_0682;
/// No page of SQLite's is larger.
const LARGEST_PAGE: usize = 65536;

/// Says what was lost of a log; nothing when that is at most a transaction that was under way.
///
/// # Errors
/// When the file can't be read; one that is not there has lost nothing.
pub(crate) fn lost(log: &Path) -> io::Result<Option<String>> {
    let mut file = match File::open(log) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut header = [0; HEADER];
    if !fill(&mut file, &mut header)? {
        return Ok(None);
    }
    let page = usize::try_from(word(&header, 8)).unwrap_or(0);
    let known =
        word(&header, 0) & !1 == MAGIC && page.is_power_of_two() && (512..=LARGEST_PAGE).contains(&page);
    let sums = Sums { is_big: word(&header, 0) & 1 == 1, a: 0, b: 0 };
    let sums = sums.over(header.get(..24).unwrap_or_default());
    if !known || !sums.are(&header, 24) {
        return Ok(Some("its head is not as it was written".to_owned()));
    }
    let salts = (word(&header, 16), word(&header, 20));
    let mut frame = vec![0; FRAME + page];
    let (mut number, mut broken, mut commits, mut sums) = (0_u64, None, 0, sums);
    while fill(&mut file, &mut frame)? {
        number += 1;
        let is_of_this_log = (word(&frame, 8), word(&frame, 12)) == salts;
        if broken.is_none() {
            sums = sums.over(frame.get(..8).unwrap_or_default()).over(frame.get(FRAME..).unwrap_or_default());
            if !is_of_this_log || !sums.are(&frame, 16) {
                broken = Some(number);
            }
        }
        // A frame that commits says how large the database is from then on.
        if broken.is_some() && is_of_this_log && word(&frame, 4) != 0 {
            commits += 1;
        }
    }
    Ok(broken.filter(|_| commits > 1).map(|number| {
        format!("frame {number} is not as it was written, and there are {commits} transactions from it on")
    }))
}

/// Fills the buffer, or says that the file ends before that.
fn fill(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|word| word.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// The sums over everything in the log up to a place.
#[derive(Clone, Copy)]
struct Sums {
    is_big: bool,
    a: u32,
    b: u32,
}

impl Sums {
    fn over(self, bytes: &[u8]) -> Self {
        let (pairs, _) = bytes.as_chunks::<8>();
        pairs.iter().fold(self, |sums, [a, b, c, d, e, f, g, h]| {
            let number =
                |bytes| if sums.is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
            let first = sums.a.wrapping_add(number([*a, *b, *c, *d])).wrapping_add(sums.b);
            let second = sums.b.wrapping_add(number([*e, *f, *g, *h])).wrapping_add(first);
            Self { a: first, b: second, ..sums }
        })
    }

    fn are(self, bytes: &[u8], at: usize) -> bool {
        (word(bytes, at), word(bytes, at + 4)) == (self.a, self.b)
    }
}
