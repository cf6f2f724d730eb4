//! What happens in the server, as one step each: reading the fence and writing behind it must not be two.
//!
//! Numbers are compared as decimal text, since Lua's own are not exact beyond 2^53. Every script that writes is given
//! `epoch` and `head` as its first two keys.

use redis::Script;

use crate::car::Version;
use crate::store::Error;

const PRELUDE: &str = r"
-- An epoch that no writer of ours would have counts as none; see EPOCH_MAX.
local function plausible(digits)
  return digits and #digits <= 18 and digits or '0'
end
local function number(text)
  return plausible(type(text) == 'string' and text:match('^0*(%d+)$'))
end
local function less(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end
local function epoch_of(version)
  return plausible(type(version) == 'string' and version:match('^(%d+)%.%d+$'))
end
local function sequence_of(version)
  return type(version) == 'string' and version:match('^%d+%.(%d+)$') or '0'
end
local function before(a, b)
  local x, y = epoch_of(a), epoch_of(b)
  if x ~= y then return less(x, y) end
  return less(sequence_of(a), sequence_of(b))
end
-- What forbids a writer of this epoch to write, if anything does.
local function fence(epoch, seen)
  local stored, head = number(redis.call('GET', KEYS[1])), redis.call('GET', KEYS[2])
  if less(epoch, stored) then return {'fenced', stored} end
  if stored ~= epoch or before(head, seen) then return {'behind', head or ''} end
end
-- Known cars only become more: fewer than were counted are a loss.
local function whole(cars, count)
  return redis.call('SCARD', cars) >= tonumber(number(redis.call('GET', count)))
end
";

// KEYS epoch head lease progress cars count, ARGV owner lease_ms at_least seen. A store that has lost its epoch, or cars, has
// lost more. What somebody else has put in place of a key is removed, but only by who gets the lease: removed under a
// writer at work, it would not notice what is lost.
const CLAIM: &str = r#"
local function only(i, kind)
  local held = redis.call('TYPE', KEYS[i])['ok']
  if held ~= kind and held ~= 'none' then redis.call('DEL', KEYS[i]) end
end
only(3, 'string')
local owner = redis.call('GET', KEYS[3])
if owner and owner ~= ARGV[1] then return {'held'} end
for i, kind in ipairs({'string', 'string', 'string', 'string', 'set', 'string'}) do only(i, kind) end
local stored, head = number(redis.call('GET', KEYS[1])), redis.call('GET', KEYS[2])
if epoch_of(head) == '0' then head = '' end
local progress = redis.call('GET', KEYS[4]) or ''
local trusted = whole(KEYS[5], KEYS[6]) and not before(head, ARGV[4]) and not less(stored, epoch_of(head))
if not trusted then redis.call('SET', KEYS[6], redis.call('SCARD', KEYS[5])) end
if less(stored, epoch_of(head)) then stored = epoch_of(head) end
if less(stored, ARGV[3]) then
  redis.call('SET', KEYS[1], ARGV[3])
else
  redis.call('SET', KEYS[1], stored)
  redis.call('INCR', KEYS[1])
end
redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
if not trusted and progress ~= '' then
  progress = progress:gsub('"complete":true', '"complete":false')
  redis.call('SET', KEYS[4], progress)
end
return {'ok', redis.call('GET', KEYS[1]), head, progress, trusted and '1' or '0'}
"#;

// KEYS epoch head lease, ARGV epoch seen owner lease_ms. A lease that has run out is taken again while the epoch is ours.
const RENEW: &str = r"
local stop = fence(ARGV[1], ARGV[2])
if stop then return stop end
local owner = redis.call('GET', KEYS[3])
if owner and owner ~= ARGV[3] then return {'fenced', ARGV[1]} end
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
return {'ok'}
";

// KEYS epoch head lease, ARGV epoch seen owner.
const RELEASE: &str = r"
if fence(ARGV[1], ARGV[2]) or redis.call('GET', KEYS[3]) ~= ARGV[3] then return {'held'} end
redis.call('DEL', KEYS[3])
return {'ok'}
";

// KEYS epoch head cars count document..., ARGV epoch seen version format, then id and value of each document. What is stored
// and cannot be read, of whatever type it is, counts as absent.
const PUT: &str = r"
local stop = fence(ARGV[1], ARGV[2])
if stop then return stop end
if not whole(KEYS[3], KEYS[4]) then return {'behind', ''} end
local ours = '^' .. ARGV[4] .. ' (%d+%.%d+)\n'
for i = 5, #KEYS do
  local id, value = ARGV[2 * i - 5], ARGV[2 * i - 4]
  local held = redis.pcall('GETRANGE', KEYS[i], 0, 63)
  local stored = type(held) == 'string' and held:match(ours)
  -- Nobody has written in an epoch that has not begun.
  local foreign = stored and less(ARGV[1], epoch_of(stored))
  if not stored or foreign or before(stored, value:match(ours)) then redis.call('SET', KEYS[i], value) end
  redis.call('SADD', KEYS[3], id)
end
redis.call('SET', KEYS[4], redis.call('SCARD', KEYS[3]))
if before(redis.call('GET', KEYS[2]), ARGV[3]) then redis.call('SET', KEYS[2], ARGV[3]) end
return {'ok'}
";

// KEYS epoch head cars count, ARGV epoch seen id...
const NOTE: &str = r"
local stop = fence(ARGV[1], ARGV[2])
if stop then return stop end
if not whole(KEYS[3], KEYS[4]) then return {'behind', ''} end
for i = 3, #ARGV do redis.call('SADD', KEYS[3], ARGV[i]) end
redis.call('SET', KEYS[4], redis.call('SCARD', KEYS[3]))
return {'ok'}
";

// KEYS epoch head progress cars count, ARGV epoch seen progress.
const COMMIT: &str = r"
local stop = fence(ARGV[1], ARGV[2])
if stop then return stop end
if not whole(KEYS[4], KEYS[5]) then return {'behind', ''} end
redis.call('SET', KEYS[3], ARGV[3])
return {'ok'}
";

#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) claim: Script,
    pub(super) renew: Script,
    pub(super) release: Script,
    pub(super) put: Script,
    pub(super) note: Script,
    pub(super) commit: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let script = |text: &str| Script::new(&format!("{PRELUDE}{text}"));
        Self {
            claim: script(CLAIM),
            renew: script(RENEW),
            release: script(RELEASE),
            put: script(PUT),
            note: script(NOTE),
            commit: script(COMMIT),
        }
    }
}

/// A script's answer: a word, and what belongs to it. `None`: somebody else holds the lease.
pub(super) fn answer(words: Vec<String>) -> Result<Option<Vec<String>>, Error> {
    let mut words = words.into_iter();
    let word = words.next().unwrap_or_default();
    let first = |mut rest: std::vec::IntoIter<String>| rest.next().unwrap_or_default();
    match word.as_str() {
        "ok" => Ok(Some(words.collect())),
        "held" => Ok(None),
        "fenced" => Err(Error::Fenced { newest: first(words).parse().unwrap_or(u64::MAX) }),
        "behind" => Err(Error::Behind { head: head(&first(words)) }),
        _ => Err(Error::Unavailable(format!("a script answered `{word}`"))),
    }
}

/// Epochs are unix ms, so that one beyond this is nobody's.
pub(super) const EPOCH_MAX: u64 = 999_999_999_999_999_999;

/// A head that is absent or cannot be read is before all others.
pub(super) fn head(text: &str) -> Version {
    text.parse().ok().filter(|head: &Version| head.epoch <= EPOCH_MAX).unwrap_or_default()
}
