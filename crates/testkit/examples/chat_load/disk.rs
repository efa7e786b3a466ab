//! What the disk can do by itself: the floor under every durable message. Knows nothing of the product.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};
use testkit::process::percentile;

const PAGE: [u8; 4096] = [7; 4096];
/// Pages of the file, which are written over and over as those of a write-ahead log are.
const PAGES: u64 = 256;

/// How long it takes to write one page over and have it on the disk, in milliseconds: the median of a second.
pub(crate) fn fdatasync_ms(folder: &Path) -> f64 {
    let path = folder.join("floor");
    let file = OpenOptions::new().create(true).truncate(true).write(true).open(&path);
    let file = file.expect("the folder is writable");
    let write =
        |page: u64| file.write_all_at(&PAGE, page % PAGES * PAGE.len() as u64).expect("room for a page");
    (0..PAGES).for_each(write);
    file.sync_all().expect("the disk takes it");
    let until = Instant::now() + Duration::from_secs(1);
    let mut took_ms = Vec::new();
    while Instant::now() < until {
        let started = Instant::now();
        write(took_ms.len() as u64);
        file.sync_data().expect("the disk takes it");
        took_ms.push(started.elapsed().as_secs_f64() * 1e3);
    }
    // A leftover file goes with the folder.
    let _ = std::fs::remove_file(path);
    percentile(&mut took_ms, 0.5)
}
