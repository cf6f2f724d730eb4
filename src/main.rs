//! The binary: nothing but the allocator and the exit code.

use std::process::ExitCode;

/// Pages are many buffers of a few kilobytes, made on one thread and dropped on another: what mimalloc is best at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    forecourt::cli::run()
}
