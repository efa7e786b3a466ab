//! Makes sure that the folder of built web assets exists, so that the server compiles before
//! the first web build. Knows nothing of what is in it.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    for folder in ["console", "widget", "vendor"] {
        std::fs::create_dir_all(dist.join(folder))?;
    }
    // The release binary carries the assets inside: build again when they change.
    println!("cargo::rerun-if-changed=../../web/dist");
    println!("cargo::rerun-if-changed=pages");
    Ok(())
}
