//! Sets of transactions that were read, in each server's own words.
//!
//! MariaDB keeps the last number per replication domain: `domain-server-n,...`, the form of `slave_connect_state`.
//! MySQL keeps intervals per server: `uuid:1-5:7`, and since 8.4 per tag behind the uuid.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Write as _};

use mysql_common::packets::{GnoInterval, Sid, Tag};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Gtids {
    /// Domain -> (server, number) of the last one.
    MariaDb(BTreeMap<u32, (u32, u64)>),
    MySql(Intervals),
}

/// `uuid` or `uuid:tag` -> intervals, both ends included, ascending, apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Intervals(BTreeMap<String, Vec<(u64, u64)>>);

/// Of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Gtid {
    MariaDb {
        domain: u32,
        server: u32,
        n: u64,
    },
    /// `uuid` or `uuid:tag`.
    MySql {
        source: String,
        n: u64,
    },
}

impl Display for Gtid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MariaDb { domain, server, n } => write!(f, "{domain}-{server}-{n}"),
            Self::MySql { source, n } => write!(f, "{source}:{n}"),
        }
    }
}

impl Gtids {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::MariaDb(domains) => domains.is_empty(),
            Self::MySql(intervals) => intervals.0.is_empty(),
        }
    }

    pub(super) fn add(&mut self, gtid: &Gtid) {
        match (self, gtid) {
            (Self::MariaDb(domains), Gtid::MariaDb { domain, server, n }) => {
                domains.insert(*domain, (*server, *n));
            }
            (Self::MySql(intervals), Gtid::MySql { source, n }) => intervals.add(source, *n, *n),
            // One server speaks one language.
            _ => {}
        }
    }

    /// Whether everything in `other` is in this, as far as that is certain.
    pub(super) fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::MariaDb(own), Self::MariaDb(other)) => {
                // Numbers of several servers in one domain need not ascend.
                let holds = |(domain, other): (&u32, &(u32, u64))| {
                    own.get(domain).is_some_and(|own| own == other || (own.0 == other.0 && own.1 >= other.1))
                };
                other.iter().all(holds)
            }
            (Self::MySql(own), Self::MySql(other)) => own.contains(other),
            _ => false,
        }
    }

    pub(super) fn parse_mariadb(text: &str) -> Option<Self> {
        let mut domains = BTreeMap::new();
        for gtid in text.split(',').map(str::trim).filter(|gtid| !gtid.is_empty()) {
            let mut parts = gtid.split('-');
            let domain = parts.next()?.parse().ok()?;
            domains.insert(domain, (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?));
        }
        Some(Self::MariaDb(domains))
    }

    pub(super) fn parse_mysql(text: &str) -> Option<Self> {
        let mut intervals = Intervals::default();
        for set in text.split(',').map(str::trim).filter(|set| !set.is_empty()) {
            let mut parts = set.split(':').map(str::trim);
            let uuid = parts.next()?.to_ascii_lowercase();
            let mut source = uuid.clone();
            for part in parts {
                if !part.starts_with(|c: char| c.is_ascii_digit()) {
                    source = format!("{uuid}:{part}");
                    continue;
                }
                let (first, last) = part.split_once('-').unwrap_or((part, part));
                intervals.add(&source, first.parse().ok()?, last.parse().ok()?);
            }
        }
        Some(Self::MySql(intervals))
    }

    /// The words of COM_BINLOG_DUMP_GTID.
    pub(super) fn sids(&self) -> Option<Vec<Sid<'static>>> {
        let Self::MySql(intervals) = self else { return None };
        let sid = |(source, intervals): (&String, &Vec<(u64, u64)>)| {
            let (uuid, tag) = source.split_once(':').map_or((source.as_str(), None), |(u, t)| (u, Some(t)));
            let bytes = data_encoding::HEXLOWER.decode(uuid.replace('-', "").as_bytes()).ok()?;
            let intervals =
                intervals.iter().map(|(first, last)| GnoInterval::new(*first, last + 1)).collect();
            let sid = Sid::new(bytes.try_into().ok()?).with_intervals(intervals);
            match tag {
                Some(tag) => Some(sid.with_tag(Tag::new(tag.to_owned()).ok()?)),
                None => Some(sid),
            }
        };
        intervals.0.iter().map(sid).collect()
    }
}

impl Display for Gtids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        match self {
            Self::MariaDb(domains) => {
                for (domain, (server, n)) in domains {
                    write!(text, "{domain}-{server}-{n},")?;
                }
            }
            Self::MySql(Intervals(sources)) => {
                for (source, intervals) in sources {
                    text.push_str(source);
                    for (first, last) in intervals {
                        if first == last {
                            write!(text, ":{first}")
                        } else {
                            write!(text, ":{first}-{last}")
                        }?;
                    }
                    text.push(',');
                }
            }
        }
        f.write_str(text.trim_end_matches(','))
    }
}

impl Intervals {
    fn add(&mut self, source: &str, first: u64, last: u64) {
        if !self.0.contains_key(source) {
            self.0.insert(source.to_owned(), Vec::new());
        }
        let Some(intervals) = self.0.get_mut(source) else { return };
        // Nearly always the one behind the last.
        if let Some((_, end)) = intervals.last_mut()
            && first == *end + 1
        {
            *end = last.max(*end);
            return;
        }
        intervals.push((first, last));
        intervals.sort_unstable();
        let mut merged: Vec<(u64, u64)> = Vec::with_capacity(intervals.len());
        for &(first, last) in intervals.iter() {
            match merged.last_mut() {
                Some((_, end)) if first <= *end + 1 => *end = last.max(*end),
                _ => merged.push((first, last)),
            }
        }
        *intervals = merged;
    }

    fn contains(&self, other: &Self) -> bool {
        other.0.iter().all(|(source, intervals)| {
            let own = self.0.get(source).map_or(&[][..], Vec::as_slice);
            intervals.iter().all(|(first, last)| own.iter().any(|(a, b)| a <= first && last <= b))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Gtid, Gtids};

    #[test]
    fn sets_are_read_and_written_in_the_servers_own_words() {
        for text in ["", "0-1-5", "0-1-5,7-2-9"] {
            assert_eq!(Gtids::parse_mariadb(text).unwrap().to_string(), text);
        }
        for (text, expected) in [
            ("", ""),
            ("AA-bb:1-5:7", "aa-bb:1-5:7"),
            ("a:1-2:3-4,\nb:9", "a:1-4,b:9"),
            ("a:1:tag:2-3:5", "a:1,a:tag:2-3:5"),
        ] {
            let set = Gtids::parse_mysql(text).unwrap();
            assert_eq!(set.to_string(), expected);
            assert_eq!(Gtids::parse_mysql(expected).unwrap(), set);
        }
        assert!(Gtids::parse_mariadb("0-x-5").is_none());
    }

    #[test]
    fn a_set_grows_and_knows_what_it_holds() {
        let mut set = Gtids::parse_mysql("a:1-3").unwrap();
        let old = set.clone();
        for n in [5, 4, 7] {
            set.add(&Gtid::MySql { source: "a".to_owned(), n });
        }
        assert_eq!(set.to_string(), "a:1-5:7");
        assert!(set.contains(&old) && !old.contains(&set));
        assert!(!set.contains(&Gtids::parse_mysql("b:1").unwrap()));
        let mut list = Gtids::parse_mariadb("0-1-5").unwrap();
        list.add(&Gtid::MariaDb { domain: 0, server: 2, n: 6 });
        assert_eq!(list.to_string(), "0-2-6");
        assert!(list.contains(&Gtids::parse_mariadb("0-2-5").unwrap()));
        assert!(!list.contains(&Gtids::parse_mariadb("0-1-5").unwrap()));
        assert!(!list.contains(&Gtids::parse_mariadb("0-1-5,1-1-1").unwrap()));
    }

    #[test]
    fn a_set_goes_into_the_request() {
        let set = Gtids::parse_mysql("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:tag:2").unwrap();
        let sids = set.sids().unwrap();
        assert_eq!(sids.len(), 2);
        assert_eq!((sids[0].intervals()[0].start(), sids[0].intervals()[0].end()), (1, 6));
        assert!(Gtids::parse_mysql("nonsense:1").unwrap().sids().is_none());
    }
}
