//! From a URL to the options of a connection, for whoever connects: source, relay, seed.

use std::path::Path;
use std::time::Duration;

use mysql_async::{Opts, OptsBuilder, SslOpts, UrlError};

/// A peer that is gone without a word is noticed after some of these, should nobody be asking it anything.
const KEEPALIVE: Duration = Duration::from_secs(5);
/// Statements kept prepared per connection: each part at every width, and the routes.
const STATEMENTS: usize = 128;

/// `mysql://user:password@host:port/db`, with `?require_ssl=true` and what else the driver takes. `password` replaces the
/// URL's; `ca_file` (PEM) means TLS, with that root alone. An error is one line without the password.
pub fn opts(url: &str, password: Option<String>, ca_file: Option<&Path>) -> Result<Opts, String> {
    let parsed = Opts::from_url(url).map_err(|error| match error {
        UrlError::UnsupportedScheme { .. } | UrlError::Invalid | UrlError::Parse(_) => {
            "expected `mysql://user:password@host:port/db`, with special characters as %XX".to_owned()
        }
        // Of the URL's query, which holds no password.
        other => other.to_string(),
    })?;
    let password = password.or_else(|| parsed.pass().map(str::to_owned));
    let mut ssl = parsed.ssl_opts().cloned();
    if let Some(file) = ca_file {
        if !file.is_file() {
            return Err(format!("cannot read {}", file.display()));
        }
        let roots = vec![file.to_owned().into()];
        ssl =
            Some(SslOpts::with_root_certs(ssl.unwrap_or_default(), roots).with_disable_built_in_roots(true));
    }
    let builder = OptsBuilder::from_opts(parsed).pass(password).ssl_opts(ssl);
    // A socket would be another way to the same server, with other grants.
    let builder = builder.prefer_socket(false).tcp_nodelay(true).tcp_keepalive(Some(KEEPALIVE));
    Ok(builder.stmt_cache_size(STATEMENTS).into())
}

/// The database that the URL names, if it does.
pub fn database(opts: &Opts) -> Option<&str> {
    opts.db_name().filter(|name| !name.is_empty())
}

/// `host:port`
pub fn address(opts: &Opts) -> String {
    format!("{}:{}", opts.ip_or_hostname(), opts.tcp_port())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{address, database, opts};

    #[test]
    fn a_url_becomes_options() {
        let read = opts("mysql://us%40er:p%23w@db.internal:3307/cars?require_ssl=true", None, None).unwrap();
        assert_eq!((read.user(), read.pass(), database(&read)), (Some("us@er"), Some("p#w"), Some("cars")));
        assert_eq!((address(&read).as_str(), read.ssl_opts().is_some()), ("db.internal:3307", true));
        let read = opts("mysql://user@h", Some("other".to_owned()), None).unwrap();
        assert_eq!((read.pass(), database(&read), read.tcp_port()), (Some("other"), None, 3306));
        assert!(read.tcp_nodelay() && read.ssl_opts().is_none());
    }

    #[test]
    fn a_wrong_url_is_told_in_one_line_without_its_password() {
        for (url, expected) in [
            ("mysql://root:sesame@h:port/db", "expected `mysql://"),
            ("mysql://root:ses/ame@h/db", "expected `mysql://"),
            ("postgres://root:sesame@h/db", "expected `mysql://"),
            ("root:sesame@h", "expected `mysql://"),
            ("mysql://root:sesame@h/db?nonsense=1", "Unknown connection URL parameter `nonsense'"),
        ] {
            let error = opts(url, None, None).unwrap_err();
            assert!(
                error.starts_with(expected) && !error.contains("ses") && !error.contains('\n'),
                "{error}"
            );
        }
        let error = opts("mysql://h/db", None, Some(Path::new("/nowhere.pem"))).unwrap_err();
        assert_eq!(error, "cannot read /nowhere.pem");
    }
}
