//! The binary: runs the command line and turns an error into one sentence and exit code 1.
//! Knows nothing else.

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[allow(clippy::print_stderr)]
fn main() -> std::process::ExitCode {
    match server::cli::run() {
        Ok(code) => code,
        Err(error) => {
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            eprintln!("frontdesk: {}", causes.join(": "));
            std::process::ExitCode::FAILURE
        }
    }
}
