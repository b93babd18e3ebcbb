//! One TLS configuration for REST and the link: certificates are always verified, against the
//! system's authorities and, if given, a file of more.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use super::{NetError, NetOptions, ServerUrl};

/// Makes `ring` the process's TLS provider; for the first line of a `main`. Later calls change
/// nothing.
pub fn install_default() {
    // An error only says that a provider is installed already.
    let _ = ring::default_provider().install_default();
}

/// The configuration for `server`. For a plain address it trusts nobody, so that a machine without
/// any certificates can still talk to itself.
///
/// # Errors
/// `Setup` if `options` forbid the address or name certificates that can't be read; `Tls` if the
/// system's can't.
pub(super) fn client_config(
    server: &ServerUrl,
    options: &NetOptions,
) -> Result<ClientConfig, NetError> {
    server
        .check_plain(options.allow_plain)
        .map_err(|refused| NetError::Setup(refused.to_string()))?;
    let provider = Arc::new(ring::default_provider());
    let tls_error = |error: rustls::Error| NetError::Tls {
        server: server.to_string(),
        cause: error.to_string(),
    };
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(tls_error)?;
    if !server.is_secure() {
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let extra = match &options.ca_file {
        Some(file) => read_certificates(file)?,
        None => Vec::new(),
    };
    let verifier = verifier(extra, provider).map_err(tls_error)?;
    // "Dangerous" is the name of the only way to choose a verifier; this one is the platform's.
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn verifier(
    extra: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
    Ok(Arc::new(Verifier::new_with_extra_roots(extra, provider)?))
}

fn read_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, NetError> {
    let refuse = |cause: String| {
        NetError::Setup(format!("Can't use the certificates in {}: {cause}.", file.display()))
    };
    let certificates: Vec<_> = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .map_err(|error| refuse(error.to_string()))?;
    if certificates.is_empty() {
        return Err(refuse("there are none in it".to_owned()));
    }
    Ok(certificates)
}
