//! `cognate completions`: a script that completes the arguments in a shell.

use super::terminal;
use crate::error::{Result, exit};
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  cognate completions bash > ~/.local/share/bash-completion/completions/cognate
  cognate completions zsh > ~/.zfunc/_cognate
  cognate completions fish > ~/.config/fish/completions/cognate.fish";

/// Print a script that completes arguments in a shell
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "cognate", &mut script);
    terminal::print(&String::from_utf8_lossy(&script))?;
    Ok(exit::FOUND)
}
