//! What the timed part took, in time, work of the processor and memory.

use std::time::Instant;

pub struct Clock {
    start: Instant,
    cpu_ms: f64,
}

pub struct Usage {
    pub elapsed_ms: f64,
    pub cpu_ms: f64,
    /// Of the process, until now.
    pub peak_rss_mb: f64,
}

impl Clock {
    pub fn start() -> Self {
        Clock {
            cpu_ms: resources().0,
            start: Instant::now(),
        }
    }

    pub fn elapsed_ms(&self) -> f64 {
        self.start.elapsed().as_secs_f64() * 1e3
    }

    pub fn stop(self) -> Usage {
        let elapsed_ms = self.elapsed_ms();
        let (cpu_ms, peak_rss_mb) = resources();
        Usage {
            elapsed_ms,
            cpu_ms: cpu_ms - self.cpu_ms,
            peak_rss_mb,
        }
    }
}

/// Milliseconds of the processor, and the largest resident set in megabytes.
fn resources() -> (f64, f64) {
    // SAFETY: a zeroed `rusage` is a valid one, and getrusage writes nothing else.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let ms = |time: libc::timeval| time.tv_sec as f64 * 1e3 + time.tv_usec as f64 / 1e3;
    // macOS counts bytes where Linux counts kibibytes, which Node takes for 1,000 bytes as well.
    let unit = if cfg!(target_os = "macos") { 1e6 } else { 1e3 };
    (ms(usage.ru_utime) + ms(usage.ru_stime), usage.ru_maxrss as f64 / unit)
}
