//! A certificate for 127.0.0.1, and the authority that signed it, in a folder.

use std::path::Path;
use std::process::{Command, Stdio};

/// Writes `ca.pem`, `cert.pem` and `key.pem`.
pub(crate) fn make(folder: &Path) {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    let authority = ["-subj", "/CN=An authority", "-keyout", "ca.key", "-out", "ca.pem"];
    let server = [
        "-subj",
        "/CN=A server",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
    ];
    for rest in [&authority[..], &server[..]] {
        let mut command = Command::new("openssl");
        command.args(["req", "-x509"]).args(key).args(rest).current_dir(folder).stderr(Stdio::null());
        assert!(command.status().expect("openssl is installed").success());
    }
}
