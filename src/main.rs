//! The `cognate` program: arguments in, exit code out. What it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    cognate::cli::main(std::env::args_os())
}
