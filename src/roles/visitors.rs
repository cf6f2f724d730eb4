//! The keys that sign what visitors carry: the operator's, or one that the instances agree upon by themselves.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use super::Failure;
use crate::config::{self, Config};
use crate::keys::{KEY_BYTES, Keys};
use crate::store::{Error, ValkeyStore};

/// In `data.dir`, where no key is configured.
const FILE: &str = "visitor.key";
/// Shorter ones can be guessed.
const CHARACTERS_MIN: usize = 16;
/// A store that was emptied gets the key back within this.
const SHARE_EVERY: Duration = Duration::from_secs(1);
/// Who has no key yet leaves the others so much time to give it back, before proposing one.
const NEWCOMER_WAIT: Duration = Duration::from_millis(1_500);
const NEWCOMER_LOOKS: u32 = 10;
/// How long a start waits for a store that may know the key.
const PATIENCE: Duration = Duration::from_secs(3);

/// The keys, and the text of the one to share, if instances have to agree.
pub(super) async fn keys(
    config: &Config,
    store: Option<&ValkeyStore>,
) -> Result<(Keys, Option<String>), Failure> {
    if let Some(keys) = configured(config)? {
        return Ok((keys, None));
    }
    let file = config.data.dir.join(FILE);
    let kept = fs::read_to_string(&file).ok().map(|text| text.trim().to_owned());
    let kept = kept.filter(|text| text.len() >= CHARACTERS_MIN);
    let proposed = match &kept {
        Some(text) => text.clone(),
        None => random().map_err(|e| Failure::Runtime(anyhow::Error::from(e).context("make a key")))?,
    };
    let shared = match store {
        Some(store) => {
            let agreed = async {
                if kept.is_none() {
                    others_come_first(store).await?;
                }
                store.agree(&proposed).await
            };
            let agreed = tokio::time::timeout(PATIENCE, agreed).await.ok().and_then(Result::ok);
            agreed.filter(|text| text.len() >= CHARACTERS_MIN)
        }
        None => None,
    };
    let first = shared.unwrap_or_else(|| proposed.clone());
    if kept.as_ref() != Some(&first) {
        keep_or_warn(config, &first);
    }
    let keys: Vec<_> = if first == proposed { vec![key(&first)] } else { vec![key(&first), key(&proposed)] };
    Ok((Keys::new(&keys), store.is_some().then_some(first)))
}

/// The operator's own.
pub(super) fn configured(config: &Config) -> Result<Option<Keys>, Failure> {
    let Some(text) = config::secret("visitor.keys_file", &config.visitor.keys_file)? else { return Ok(None) };
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() || lines.iter().any(|line| line.len() < CHARACTERS_MIN) {
        let expected = format!("lines of {CHARACTERS_MIN} characters or more, the newest key first");
        return Err(Failure::Usage(format!("visitor.keys_file: expected {expected}")));
    }
    Ok(Some(Keys::new(&lines.iter().map(|line| key(line)).collect::<Vec<_>>())))
}

/// Until there is a key in the store, or nobody has one.
async fn others_come_first(store: &ValkeyStore) -> Result<(), Error> {
    for _ in 0..NEWCOMER_LOOKS {
        if store.agreed().await?.is_some() {
            break;
        }
        tokio::time::sleep(NEWCOMER_WAIT / NEWCOMER_LOOKS).await;
    }
    Ok(())
}

/// Gives a store that has lost the key the key back. Where others have agreed on another meanwhile, that one it is.
pub(super) async fn keep_agreed(config: Config, store: ValkeyStore, keys: Keys, mut own: String) {
    loop {
        tokio::time::sleep(SHARE_EVERY).await;
        let Ok(agreed) = store.agree(&own).await else { continue };
        if agreed != own && agreed.len() >= CHARACTERS_MIN {
            tracing::warn!("other instances sign visitors' cookies with another key: it is taken over");
            keys.adopt(&key(&agreed));
            keep_or_warn(&config, &agreed);
            own = agreed;
        }
    }
}

fn keep_or_warn(config: &Config, text: &str) {
    let file = config.data.dir.join(FILE);
    if let Err(error) = keep(&file, text) {
        tracing::warn!("cannot keep the visitors' key in {}: {error}", file.display());
    }
}

fn key(text: &str) -> [u8; KEY_BYTES] {
    Keys::of_text(text)
}

fn random() -> std::io::Result<String> {
    let mut bytes = [0; KEY_BYTES];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(data_encoding::HEXLOWER.encode(&bytes))
}

/// For nobody else to read.
fn keep(file: &Path, text: &str) -> std::io::Result<()> {
    let new = file.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).open(&new)?.write_all(text.as_bytes())?;
    fs::rename(new, file)
}
