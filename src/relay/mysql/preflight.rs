//! Whether a server can be followed: one line for each setting and privilege that is not as it has to be.

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, Row};

use super::place::Flavour;
use super::server::{Server, answer, connect, text, value};

/// Setting, whose it is (`None`: everybody's), what it has to be, why.
type Wanted = (&'static str, Option<Flavour>, &'static str, &'static str);

const WANTED: &[Wanted] = &[
    ("binlog_format", None, "ROW", "changed rows are not in the log otherwise"),
    ("binlog_row_image", None, "FULL", "rows are in the log without all their columns otherwise"),
    ("binlog_row_metadata", None, "FULL", "column names are not in the log otherwise"),
    ("binlog_row_value_options", Some(Flavour::MySql), "", "JSON columns are in the log in parts otherwise"),
    ("log_bin_compress", Some(Flavour::MariaDb), "0", "compressed events cannot be read"),
];

/// `Ok` has warnings, `Err` what has to be put right before the start.
pub async fn preflight(opts: &Opts, database: &str) -> Result<Vec<String>, Vec<String>> {
    let mut conn =
        connect(opts).await.map_err(|e| vec![format!("source.url: cannot reach the server: {e:#}")])?;
    match check(&mut conn, database).await {
        Ok((warnings, errors)) if errors.is_empty() => Ok(warnings),
        Ok((_, errors)) => Err(errors),
        Err(error) => Err(vec![format!("source.url: cannot check the server: {error:#}")]),
    }
}

async fn check(conn: &mut Conn, database: &str) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let server = Server::ask(conn).await?;
    let (mut warnings, mut errors) = (Vec::new(), Vec::new());
    if value(conn, "SELECT @@log_bin").await?.as_deref() != Some("1") {
        errors.push("the server keeps no binlog: set log_bin in its configuration and restart it".to_owned());
    }
    for (name, flavour, wanted, why) in WANTED {
        if flavour.is_some_and(|flavour| flavour != server.flavour) {
            continue;
        }
        let Ok(found) = value(conn, &format!("SELECT @@GLOBAL.{name}")).await else {
            errors.push(format!(
                "the server does not know {name}: MySQL 8.0 or MariaDB 10.5 is the oldest that can be read"
            ));
            continue;
        };
        let found = found.unwrap_or_default();
        if !found.eq_ignore_ascii_case(wanted) {
            errors.push(format!("{name} is '{found}': run SET GLOBAL {name} = '{wanted}' ({why})"));
        }
    }
    errors.extend(missing_privileges(conn, &server, database).await?);
    if server.flavour == Flavour::MySql {
        if !server.has_gtids {
            let what = "gtid_mode is not ON: after a failover to another server every car is fetched again";
            warnings.push(what.to_owned());
        }
        let packs = value(conn, "SELECT @@GLOBAL.binlog_transaction_compression").await.ok().flatten();
        if packs.as_deref() == Some("1") {
            let what =
                "binlog_transaction_compression is ON: each transaction takes its whole size in memory";
            warnings.push(what.to_owned());
        }
    }
    // MySQL logs what a cascade does from 9.6 on.
    if server.flavour == Flavour::MariaDb || conn.server_version() < (9, 6, 0) {
        warnings.extend(cascades(conn, database).await?);
    }
    Ok((warnings, errors))
}

async fn missing_privileges(conn: &mut Conn, server: &Server, database: &str) -> anyhow::Result<Vec<String>> {
    let who = value(conn, "SELECT CURRENT_USER()").await?.unwrap_or_default();
    let (user, host) = who.rsplit_once('@').unwrap_or((&who, "%"));
    let who = format!("'{user}'@'{host}'");
    let mut missing = Vec::new();
    let grant =
        |what: &str, on: &str| format!("the account may not {what}: run GRANT {what} ON {on} TO {who}");
    let monitor = match server.flavour {
        Flavour::MariaDb => "BINLOG MONITOR",
        Flavour::MySql => "REPLICATION CLIENT",
    };
    let all = "*.*";
    // By doing it: grants may come from roles, or stand under other names.
    if let Err(error) = server.files(conn).await {
        if !is_denied(&error) {
            // No binlog at all, which is said already.
            return Ok(missing);
        }
        missing.push(grant(monitor, all));
    } else if let Err(error) = server.end(conn).await
        && is_denied(&error)
    {
        missing.push(grant(monitor, all));
    }
    let grants = grants(conn).await?;
    if !grants.iter().any(|line| line.contains("REPLICATION SLAVE") || line.contains("ALL PRIVILEGES ON *.*"))
    {
        missing.push(grant("REPLICATION SLAVE", all));
    }
    let name = database.replace('`', "``");
    if let Err(error) = answer(conn.query_drop(format!("USE `{name}`"))).await {
        let denied = grant("SELECT", &format!("`{name}`.*"));
        missing.push(if is_denied(&error) { denied } else { format!("database '{database}': {error:#}") });
        return Ok(missing);
    }
    let sql = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? LIMIT 1";
    let table: Option<String> = answer(conn.exec_first(sql, (database,))).await?;
    if let Some(table) = table {
        let sql = format!("SELECT 1 FROM `{name}`.`{}` LIMIT 0", table.replace('`', "``"));
        if answer(conn.query_drop(sql)).await.is_err_and(|error| is_denied(&error)) {
            missing.push(grant("SELECT", &format!("`{name}`.*")));
        }
    }
    Ok(missing)
}

/// Lines of SHOW GRANTS, with those of the roles in force.
async fn grants(conn: &mut Conn) -> anyhow::Result<Vec<String>> {
    let rows: Vec<Row> = answer(conn.query("SHOW GRANTS")).await?;
    let mut grants: Vec<_> = rows.iter().filter_map(|row| text(row, 0)).collect();
    let role = value(conn, "SELECT CURRENT_ROLE()").await.ok().flatten().filter(|role| role != "NONE");
    if let Some(role) = role {
        for sql in
            [format!("SHOW GRANTS FOR '{role}'"), format!("SHOW GRANTS FOR CURRENT_USER() USING {role}")]
        {
            let rows: Vec<Row> = answer(conn.query(sql)).await.unwrap_or_default();
            grants.extend(rows.iter().filter_map(|row| text(row, 0)));
        }
    }
    Ok(grants)
}

fn is_denied(error: &anyhow::Error) -> bool {
    // ER_DBACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR, ER_SPECIFIC_ACCESS_DENIED_ERROR.
    let is = |error: &mysql_async::ServerError| matches!(error.code, 1044 | 1142 | 1227);
    matches!(error.downcast_ref(), Some(mysql_async::Error::Server(error)) if is(error))
}

/// Rows that a foreign key changes by itself do not reach the log.
async fn cascades(conn: &mut Conn, database: &str) -> anyhow::Result<Vec<String>> {
    let sql = "SELECT TABLE_NAME, REFERENCED_TABLE_NAME, DELETE_RULE, UPDATE_RULE \
               FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ? \
               AND (DELETE_RULE NOT IN ('RESTRICT', 'NO ACTION') OR UPDATE_RULE NOT IN ('RESTRICT', 'NO ACTION')) \
               ORDER BY 1, 2";
    let rows: Vec<(String, String, String, String)> = answer(conn.exec(sql, (database,))).await?;
    let line = |(table, parent, on_delete, on_update): (String, String, String, String)| {
        format!(
            "{table}: its foreign key to {parent} (ON DELETE {on_delete}, ON UPDATE {on_update}) changes rows that \
             never reach the binlog; give {parent} a route that covers them"
        )
    };
    Ok(rows.into_iter().map(line).collect())
}
