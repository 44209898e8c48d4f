//! Makes what is missing of the newest schema: its database, and the line with its migration's hash.

use anyhow::Result;

fn main() -> Result<()> {
    rapport_upgrade::freeze()
}
