//! From process start to the ready line. Decides which starts are counted; knows nothing of what is
//! served then.

use crate::say;
use testkit::process::{Serve, percentile, ready_line};
use testkit::world::{free_port, fresh_folder};

/// On an empty folder and on one that is there.
pub(crate) fn measure(binary: &str) {
    let folder = fresh_folder();
    for name in ["start to ready, first start", "start to ready, later starts"] {
        let mut times: Vec<f64> = (0..5)
            .map(|n| {
                let data = if name.contains("first") { folder.join(n.to_string()) } else { folder.join("0") };
                let started = std::time::Instant::now();
                let serve = Serve { binary, port: free_port(), data: &data, environment: &[], cpu: None };
                let mut child = serve.start();
                ready_line(&mut child);
                let took = started.elapsed().as_secs_f64() * 1e3;
                // The process is only measured; it holds nothing of worth.
                let _ = child.kill();
                let _ = child.wait();
                took
            })
            .collect();
        say(name, percentile(&mut times, 0.5), "ms", "<= 100");
    }
    // A leftover folder harms nobody.
    let _ = std::fs::remove_dir_all(folder);
}
