//! What a statement in the log means for tables: DDL, the ends of transactions, and changes without rows.

use super::words::{Word, split};

/// Enough for every list of names there is reason to read; a longer statement counts as one of unknown reach.
const WORDS_MAX: usize = 20_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    Begin,
    Commit,
    Rollback,
    /// XA COMMIT: the rows were in the log before, but are visible only now.
    XaCommit,
    /// Savepoints and the like: nothing changes, nothing ends.
    Inside,
    /// Changes these tables as a whole.
    Tables(Vec<Name>),
    /// The whole of a database (`None`: the session's) or anything in it: DROP DATABASE, views, functions.
    Database(Option<String>),
    /// Of no concern to data.
    Nothing,
    /// Changes rows without telling which.
    Rows,
    Unknown,
}

/// `database` is `None` for the session's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) database: Option<String>,
    pub(super) table: String,
}

impl Statement {
    pub(super) fn parse(sql: &str) -> Self {
        let words = split(sql, WORDS_MAX);
        let mut words = Words { words: &words };
        let Some(first) = words.next().map(|word| word.name().unwrap_or_default().to_ascii_uppercase())
        else {
            return Self::Nothing;
        };
        match first.as_str() {
            "BEGIN" => Self::Begin,
            "START" if words.skip("TRANSACTION") => Self::Begin,
            "COMMIT" => Self::Commit,
            "ROLLBACK" if words.words.iter().any(|word| word.is("TO")) => Self::Inside,
            "ROLLBACK" => Self::Rollback,
            "SAVEPOINT" | "RELEASE" => Self::Inside,
            "XA" if words.skip("COMMIT") => Self::XaCommit,
            "XA" if words.skip("START") || words.skip("BEGIN") => Self::Begin,
            "XA" if words.skip("ROLLBACK") => Self::Rollback,
            "XA" => Self::Inside,
            "CREATE" => words.create(),
            "ALTER" => words.alter(),
            "DROP" => words.drop(),
            "RENAME" => words.rename(),
            "TRUNCATE" => {
                words.skip("TABLE");
                words.tables(usize::MAX)
            }
            "GRANT" | "REVOKE" | "SET" | "FLUSH" | "ANALYZE" | "OPTIMIZE" | "REPAIR" | "CHECK"
            | "INSTALL" | "UNINSTALL" | "PURGE" | "RESET" | "CHANGE" | "STOP" | "KILL" | "USE"
            | "SHUTDOWN" => Self::Nothing,
            "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "LOAD" | "WITH" | "CALL" | "SELECT" | "DO" => {
                Self::Rows
            }
            _ => Self::Unknown,
        }
    }
}

/// The words not read yet.
struct Words<'a> {
    words: &'a [Word],
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a Word> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn skip(&mut self, keyword: &str) -> bool {
        let is = self.words.first().is_some_and(|word| word.is(keyword));
        if is {
            self.words = &self.words[1..];
        }
        is
    }

    fn skip_sign(&mut self, sign: char) -> bool {
        let is = self.words.first() == Some(&Word::Sign(sign));
        if is {
            self.words = &self.words[1..];
        }
        is
    }

    fn skip_if_exists(&mut self) {
        if self.skip("IF") {
            self.skip("NOT");
            self.skip("EXISTS");
        }
    }

    /// `table` or `database.table`.
    fn name(&mut self) -> Option<Name> {
        let first = self.next()?.name()?.to_owned();
        if !self.skip_sign('.') {
            return Some(Name { database: None, table: first });
        }
        Some(Name { database: Some(first), table: self.next()?.name()?.to_owned() })
    }

    /// A list of at most `max` names.
    fn tables(&mut self, max: usize) -> Statement {
        self.skip_if_exists();
        let mut names = Vec::new();
        while names.len() < max {
            let Some(name) = self.name() else { return Statement::Unknown };
            names.push(name);
            if !self.skip_sign(',') {
                break;
            }
        }
        Statement::Tables(names)
    }

    /// What a statement on something else than a table means: `CREATE DEFINER = ... VIEW` has it far behind.
    fn other(&mut self) -> Statement {
        while let Some(word) = self.next() {
            let Word::Bare(word) = word else { continue };
            match word.to_ascii_uppercase().as_str() {
                "DATABASE" | "SCHEMA" | "TRIGGER" | "PROCEDURE" | "EVENT" | "USER" | "ROLE" | "SERVER"
                | "TABLESPACE" | "LOGFILE" | "RESOURCE" | "SPATIAL" | "LIBRARY" => return Statement::Nothing,
                // Queries may read them.
                "VIEW" | "FUNCTION" | "PACKAGE" => {
                    self.skip_if_exists();
                    return Statement::Database(self.name().and_then(|name| name.database));
                }
                _ => {}
            }
        }
        Statement::Unknown
    }

    /// `... ON table`, of an index.
    fn on(&mut self) -> Statement {
        while let Some(word) = self.next() {
            if word.is("ON") {
                return self.tables(1);
            }
        }
        Statement::Unknown
    }

    fn create(mut self) -> Statement {
        if self.skip("OR") {
            self.skip("REPLACE");
        }
        if self.skip("TEMPORARY") {
            return Statement::Nothing;
        }
        if self.skip("TABLE") || self.skip("SEQUENCE") {
            return self.tables(1);
        }
        let index = self.words.iter().take(3).any(|word| word.is("INDEX"));
        if index { self.on() } else { self.other() }
    }

    fn drop(mut self) -> Statement {
        if self.skip("TEMPORARY") {
            return Statement::Nothing;
        }
        if self.skip("TABLE") || self.skip("TABLES") || self.skip("SEQUENCE") {
            return self.tables(usize::MAX);
        }
        if self.skip("DATABASE") || self.skip("SCHEMA") {
            self.skip_if_exists();
            return self
                .next()
                .and_then(Word::name)
                .map_or(Statement::Unknown, |name| Statement::Database(Some(name.to_owned())));
        }
        if self.skip("INDEX") { self.on() } else { self.other() }
    }

    fn alter(mut self) -> Statement {
        while self.skip("ONLINE") || self.skip("OFFLINE") || self.skip("IGNORE") {}
        if !self.skip("TABLE") && !self.skip("SEQUENCE") {
            return self.other();
        }
        let Statement::Tables(mut names) = self.tables(1) else { return Statement::Unknown };
        while let Some(word) = self.next() {
            let other = if word.is("RENAME") {
                let part = ["COLUMN", "INDEX", "KEY", "CONSTRAINT", "PARTITION"];
                if part.iter().any(|part| self.skip(part)) {
                    continue;
                }
                let _ = self.skip("TO") || self.skip("AS") || self.skip_sign('=');
                true
            } else {
                word.is("EXCHANGE")
                    && self.words.iter().position(|word| word.is("TABLE")).is_some_and(|i| {
                        self.words = &self.words[i + 1..];
                        true
                    })
            };
            if other {
                let Some(name) = self.name() else { return Statement::Unknown };
                names.push(name);
            }
        }
        Statement::Tables(names)
    }

    fn rename(mut self) -> Statement {
        if self.skip("USER") {
            return Statement::Nothing;
        }
        if !self.skip("TABLE") && !self.skip("TABLES") {
            return Statement::Unknown;
        }
        self.skip_if_exists();
        let mut names = Vec::new();
        loop {
            let Some(name) = self.name() else { return Statement::Unknown };
            names.push(name);
            // MariaDB: how long to wait for the lock.
            if self.skip("WAIT") {
                self.next();
            }
            self.skip("NOWAIT");
            if !self.skip("TO") && !self.skip_sign(',') {
                return Statement::Tables(names);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Name, Statement};

    #[test]
    fn statements_name_the_tables_they_change() {
        for (sql, expected) in [
            ("CREATE TABLE t (id INT)", &["t"][..]),
            ("create or replace table if not exists `a b`.`t``u` (id int)", &["a b.t`u"]),
            ("/* hi */ -- there\n# you\nCREATE /*! TABLE */ t LIKE u", &["t"]),
            ("/*!50001 CREATE TABLE t (id int) */", &["t"]),
            ("ALTER TABLE d.t ADD COLUMN c INT, RENAME COLUMN x TO y", &["d.t"]),
            ("ALTER ONLINE IGNORE TABLE IF EXISTS t RENAME TO d.u", &["t", "d.u"]),
            ("ALTER TABLE t RENAME u", &["t", "u"]),
            ("ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u", &["t", "u"]),
            ("DROP TABLE IF EXISTS `a`,d.b, \"c\" /* generated by server */", &["a", "d.b", "c"]),
            ("TRUNCATE t", &["t"]),
            ("TRUNCATE TABLE `d` . `t`", &["d.t"]),
            ("RENAME TABLE a TO b, d.c WAIT 5 TO d.e", &["a", "b", "d.c", "d.e"]),
            ("CREATE UNIQUE INDEX IF NOT EXISTS i USING BTREE ON d.t (c)", &["d.t"]),
            ("DROP INDEX i ON t", &["t"]),
        ] {
            let name = |name: &&str| match name.split_once('.') {
                Some((database, table)) => {
                    Name { database: Some(database.to_owned()), table: table.to_owned() }
                }
                None => Name { database: None, table: (*name).to_owned() },
            };
            assert_eq!(
                Statement::parse(sql),
                Statement::Tables(expected.iter().map(name).collect()),
                "{sql}"
            );
        }
    }

    #[test]
    fn other_statements_are_told_apart() {
        let database = |name: &str| Statement::Database(Some(name.to_owned()));
        for (sql, expected) in [
            ("BEGIN", Statement::Begin),
            ("COMMIT", Statement::Commit),
            ("ROLLBACK /* added */", Statement::Rollback),
            ("ROLLBACK TO `s`", Statement::Inside),
            ("SAVEPOINT `s`", Statement::Inside),
            ("XA START X'61',X'',1", Statement::Begin),
            ("XA END X'61',X'',1", Statement::Inside),
            ("XA COMMIT X'61',X'',1", Statement::XaCommit),
            ("DROP DATABASE IF EXISTS `d`", database("d")),
            (
                "CREATE DEFINER=`root`@`localhost` SQL SECURITY DEFINER VIEW `d`.`v` AS SELECT 1",
                database("d"),
            ),
            ("DROP VIEW v", Statement::Database(None)),
            (
                "CREATE DEFINER=`root`@`%` TRIGGER x AFTER INSERT ON t FOR EACH ROW SET @a = 1",
                Statement::Nothing,
            ),
            ("CREATE TEMPORARY TABLE t (id int)", Statement::Nothing),
            ("CREATE DATABASE d", Statement::Nothing),
            ("GRANT SELECT ON d.* TO u", Statement::Nothing),
            ("update t set a = 1", Statement::Rows),
            ("", Statement::Nothing),
            ("FROBNICATE t", Statement::Unknown),
            ("DROP TABLE", Statement::Unknown),
        ] {
            assert_eq!(Statement::parse(sql), expected, "{sql}");
        }
    }
}
