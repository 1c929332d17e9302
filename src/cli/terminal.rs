//! Standard output, standard error, and what a terminal can show.

use crate::error::{Error, Result};
use crate::report::waterfall::Drawing;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

/// Prints to standard output, where data goes.
///
/// # Errors
/// When the system refuses, or the reader has gone away.
pub(super) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| Error::io("-", error))
}

/// Prints a line to standard error. If that fails, there is nobody to tell.
pub(super) fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// A progress bar on standard error, where that is a terminal; silent elsewhere.
pub(super) fn progress(shown: bool, doing: &'static str) -> ProgressBar {
    bar(shown, doing, "{msg} {wide_bar} {human_pos}/{human_len} rows, {eta}")
}

/// A bar for work of several steps, whose messages say which it is at; silent where standard error is no terminal.
pub(super) fn steps(shown: bool) -> ProgressBar {
    bar(shown, "", "{msg} {wide_bar} {human_pos}/{human_len}, {eta}")
}

/// A counter on standard error, for work whose end is not known; silent where that is no terminal.
pub(super) fn counter(shown: bool, doing: &'static str) -> ProgressBar {
    bar(shown, doing, "{spinner} {msg}: {human_pos} rows, {elapsed}")
}

fn bar(shown: bool, doing: &'static str, template: &str) -> ProgressBar {
    if !shown || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    // The template is a constant; should it ever be wrong, the plain bar serves.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(doing);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// What to draw with: Unicode, unless the user or the locale says otherwise.
pub(super) fn drawing(ascii: bool) -> Drawing {
    if ascii || !shows_unicode() { Drawing::Ascii } else { Drawing::Unicode }
}

/// Whether the locale says that the terminal shows UTF-8. Windows consoles do; elsewhere the first of `LC_ALL`,
/// `LC_CTYPE` and `LANG` that is set decides. What is no terminal gets UTF-8 always.
fn shows_unicode() -> bool {
    if cfg!(windows) || !io::stdout().is_terminal() {
        return true;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_default()
        .to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}
