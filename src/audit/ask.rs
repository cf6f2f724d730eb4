//! What instances say on their admin ports.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;

use super::Held;
use crate::car::CarId;

/// How long an instance may take to have something to compare; loading everything takes seconds.
const READY_WITHIN: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Those of the instances that can be compared, and a line for each that cannot.
pub(super) async fn comparable(instances: &[String], say: impl Fn(&str)) -> (Vec<String>, Vec<String>) {
    let (mut ready, mut lines) = (Vec::new(), Vec::new());
    // All of them have the same time to start.
    let waits = READY_WITHIN.as_millis() / LOOK_AGAIN.as_millis();
    let mut waited = 0;
    for instance in instances {
        loop {
            match starting(instance) {
                Ok(false) => {
                    ready.push(instance.clone());
                    break;
                }
                Ok(true) if waited < waits => {
                    say(&format!("{instance} is starting"));
                    waited += 1;
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                Ok(true) => {
                    let seconds = READY_WITHIN.as_secs();
                    lines.push(format!("{instance}: not compared: still starting after {seconds} s"));
                    break;
                }
                Err(error) => {
                    lines.push(format!("{instance}: not compared: {error:#}"));
                    break;
                }
            }
        }
    }
    (ready, lines)
}

/// Whether an instance has nothing to compare yet.
fn starting(instance: &str) -> anyhow::Result<bool> {
    let text = get(&url(instance, "readyz"))?;
    Ok(text.lines().next() == Some("starting"))
}

/// What each instance holds.
pub(super) fn documents(instances: &[String]) -> anyhow::Result<Vec<BTreeMap<CarId, Held>>> {
    instances.iter().map(|instance| documents_of(instance)).collect()
}

fn documents_of(instance: &str) -> anyhow::Result<BTreeMap<CarId, Held>> {
    let url = url(instance, "documents");
    let text = get(&url)?;
    text.lines()
        .map(|line| Held::parse(line).with_context(|| format!("{url}: unexpected line `{line}`")))
        .collect()
}

fn url(instance: &str, path: &str) -> String {
    let scheme = if instance.contains("://") { "" } else { "http://" };
    format!("{scheme}{}/{path}", instance.trim_end_matches('/'))
}

fn get(url: &str) -> anyhow::Result<String> {
    let agent = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(30))).proxy(None);
    // Who starts or ends says so with 503.
    let agent = agent.http_status_as_error(false).build().new_agent();
    let mut response = agent.get(url).call().with_context(|| format!("ask {url}"))?;
    let status = response.status().as_u16();
    anyhow::ensure!(matches!(status, 200 | 503), "ask {url}: it answers {status}");
    let text = response.body_mut().with_config().limit(1 << 30).read_to_string();
    text.with_context(|| format!("read {url}"))
}
