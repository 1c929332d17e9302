//! What a job cost: seconds, CPU seconds, peak memory.

use serde::Serialize;
use std::time::Instant;

/// When a job began.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch {
    began: Instant,
    cpu: Option<f64>,
}

/// What a job cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Usage {
    /// Seconds on the clock.
    pub seconds: f64,
    /// CPU seconds of all threads; `None` where the system does not tell.
    pub cpu_seconds: Option<f64>,
    /// The most memory that the process ever held, in bytes; `None` where the system does not tell.
    pub peak_bytes: Option<u64>,
}

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Stopwatch {
        Stopwatch { began: Instant::now(), cpu: cpu_seconds() }
    }

    /// What it has cost since the start.
    pub fn read(&self) -> Usage {
        let cpu_seconds = cpu_seconds().zip(self.cpu).map(|(now, then)| now - then);
        Usage { seconds: self.began.elapsed().as_secs_f64(), cpu_seconds, peak_bytes: peak_bytes() }
    }
}

#[cfg(unix)]
fn own_usage() -> Option<nix::sys::resource::Usage> {
    nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).ok()
}

/// CPU seconds of this process so far, all threads together.
#[cfg(unix)]
pub fn cpu_seconds() -> Option<f64> {
    let usage = own_usage()?;
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Some(seconds(usage.user_time()) + seconds(usage.system_time()))
}

#[cfg(unix)]
fn peak_bytes() -> Option<u64> {
    // Linux counts in KiB, macOS in bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    u64::try_from(own_usage()?.max_rss()).ok().map(|peak| peak * unit)
}

/// CPU seconds of this thread so far, for times of less than a millisecond.
#[cfg(unix)]
pub fn thread_seconds() -> Option<f64> {
    let time = nix::time::clock_gettime(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID).ok()?;
    Some(time.tv_sec() as f64 + time.tv_nsec() as f64 / 1e9)
}

/// CPU seconds of this thread so far: not known on this system.
#[cfg(not(unix))]
pub fn thread_seconds() -> Option<f64> {
    None
}

/// CPU seconds of this process so far: not known on this system.
#[cfg(not(unix))]
pub fn cpu_seconds() -> Option<f64> {
    None
}

#[cfg(not(unix))]
fn peak_bytes() -> Option<u64> {
    None
}
