//! Security headers. The same for every page, since pages are shared: scripts and styles are allowed by hash, not by
//! nonce.

use data_encoding::BASE64;
use http::HeaderMap;
use http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};

/// The policy's text for pages with this inline stylesheet and these inline rules, and photos from this URL ("" = our own).
/// The worker fetches what it keeps, so photos are connections too. No text becomes a script's address or markup, but for
/// the worker's own address.
pub fn content_security_policy(stylesheet_sha256: &[u8], rules_sha256: &[u8], photos_url: &str) -> String {
    let (style, rules) = (BASE64.encode(stylesheet_sha256), BASE64.encode(rules_sha256));
    let photos = origin(photos_url);
    let space = if photos.is_empty() { "" } else { " " };
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'self' 'sha256-{rules}'; worker-src 'self'; \
         img-src 'self' data:{space}{photos}; manifest-src 'self'; connect-src 'self'{space}{photos}; \
         require-trusted-types-for 'script'; trusted-types worker; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// The policy of pages with nothing but a stylesheet, and no text of anybody's.
pub const PLAIN_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
);

/// Scheme, host and port of a URL.
fn origin(url: &str) -> &str {
    let Some(host) = url.find("://").map(|i| i + 3) else { return "" };
    let end = url[host..].find('/').map_or(url.len(), |i| host + i);
    &url[..end]
}

/// To be taken back by [`came_by_http`] where it must not be said.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

/// For what is no page.
pub fn write_transport(headers: &mut HeaderMap) {
    headers.insert(STRICT_TRANSPORT_SECURITY, HSTS);
}

pub fn write(headers: &mut HeaderMap, policy: &HeaderValue) {
    write_transport(headers);
    headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    let name = |name| HeaderName::from_static(name);
    headers.insert(name("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(name("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    let permissions = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
    headers.insert(name("permissions-policy"), HeaderValue::from_static(permissions));
}

/// For visitors who did not come by https, as the load balancer says (RFC 6797 section 7.2).
pub fn came_by_http(headers: &mut HeaderMap) {
    headers.remove(STRICT_TRANSPORT_SECURITY);
}

#[cfg(test)]
mod tests {
    use super::{content_security_policy, origin};

    #[test]
    fn photos_may_come_from_their_origin_only() {
        assert_eq!(origin("https://photos.example.com/a/b"), "https://photos.example.com");
        assert_eq!(origin("http://127.0.0.1:9000"), "http://127.0.0.1:9000");
        assert_eq!(origin(""), "");
        let policy = content_security_policy(b"abc", b"def", "https://p.example/x");
        assert!(
            policy.contains("style-src 'sha256-YWJj'; script-src 'self' 'sha256-ZGVm'; worker-src 'self'; "),
            "{policy}"
        );
        assert!(policy.contains("; img-src 'self' data: https://p.example; "), "{policy}");
        assert!(policy.contains("; connect-src 'self' https://p.example; "), "{policy}");
    }
}
