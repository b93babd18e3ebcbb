//! Certificates for a server called `localhost`, and the authority that signed them.

use std::path::PathBuf;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../client-tui/src/net/testdata");

/// Lines of configuration that make a server encrypt.
pub fn encrypting() -> String {
    format!("tls_cert = '{FOLDER}/localhost.pem'\ntls_key = '{FOLDER}/localhost.key'\n")
}

/// The certificate to trust, in PEM.
pub fn authority() -> PathBuf {
    PathBuf::from(FOLDER).join("authority.pem")
}
