//! A role's thread: named, supervised, ended with the process.

use std::future::Future;
use std::thread::JoinHandle;

use anyhow::Context as _;

use crate::clock;
use crate::faults::Faults;
use crate::lifecycle::Lifecycle;

/// A tenth of a usual thread's share while a core is wanted by both, and all of it otherwise.
const NICE: i32 = 10;

/// The roles' threads.
#[derive(Debug, Default)]
pub struct Threads(Vec<JoinHandle<()>>);

impl Threads {
    /// Runs a role on a thread of its own. If it ends before the process does, that is said, and pages go on being served.
    pub(super) fn start(
        &mut self,
        role: &'static str,
        lifecycle: &Lifecycle,
        faults: &Faults,
        run: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) -> anyhow::Result<()> {
        let (lifecycle, faults) = (lifecycle.clone(), faults.clone());
        let up = metrics::gauge!("forecourt_role_up", "role" => role);
        let thread = move || {
            // Of this thread and those it starts. What keeps pages fresh gives way to who answers for them; if that is
            // refused it does not.
            let _ = rustix::process::setpriority_process(None, NICE);
            up.set(1.0);
            let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| block_on(run)));
            up.set(0.0);
            let reason = match ended {
                Ok(Ok(())) if lifecycle.is_stopping() => return,
                Ok(Ok(())) => "ended".to_owned(),
                Ok(Err(error)) => format!("ended: {error:#}"),
                Err(_) => "panicked".to_owned(),
            };
            faults.put(role, &reason, clock::unix_ms());
            tracing::error!(role, "a role {reason}; pages grow old from now on");
        };
        let thread = std::thread::Builder::new().name(role.to_owned()).spawn(thread);
        self.0.push(thread.with_context(|| format!("start the {role}"))?);
        Ok(())
    }

    /// Waits for the roles to end, which they do when the process is stopping.
    pub fn join(self) {
        for role in self.0 {
            // A role that panicked has been logged by its thread.
            let _ = role.join();
        }
    }
}

fn block_on(role: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(role)
}
