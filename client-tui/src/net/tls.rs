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
pub fn client_config(server: &ServerUrl, options: &NetOptions) -> Result<ClientConfig, NetError> {
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use chatter_protocol::Secret;
    use rustls::ServerConfig;
    use rustls::pki_types::PrivateKeyDer;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;
    use crate::net::{Api, Link, LinkEvent, LinkStatus};

    fn testdata(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/net/testdata").join(name)
    }

    /// Starts a server with the certificate for `localhost`; it refuses whatever it is asked.
    /// Returns its port.
    async fn stub() -> u16 {
        let certificates = read_certificates(&testdata("localhost.pem")).expect("reads");
        let key = PrivateKeyDer::from_pem_file(testdata("localhost.key")).expect("reads");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("supported")
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .expect("fits");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that does not trust the certificate hangs up here.
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let _ = stream.read(&mut [0; 4096]).await;
                let answer = "HTTP/1.1 418 I'm a teapot\r\ncontent-length: 0\r\n\r\n";
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        port
    }

    async fn ask(address: &str, ca_file: Option<PathBuf>) -> NetError {
        let server = ServerUrl::parse(address, false).expect("valid");
        let options = NetOptions { ca_file, ..NetOptions::default() };
        match Api::new(server, &options) {
            Ok(api) => api.me().await.expect_err("refused"),
            Err(error) => error,
        }
    }

    async fn link_reason(address: &str, ca_file: Option<PathBuf>) -> String {
        let server = ServerUrl::parse(address, false).expect("valid");
        let options = NetOptions { ca_file, ..NetOptions::default() };
        let (_handle, mut events) = Link::start(server, options, Secret::new("token"), None);
        loop {
            if let LinkEvent::Status(LinkStatus::Waiting { reason, .. }) =
                events.recv().await.expect("the link lives")
            {
                return reason;
            }
        }
    }

    #[tokio::test]
    async fn an_unknown_authority_is_refused_unless_its_file_is_given() {
        let address = format!("https://localhost:{}", stub().await);
        let error = ask(&address, None).await;
        assert!(matches!(error, NetError::Tls { .. }), "{error}");
        let reason = link_reason(&address, None).await;
        assert!(!reason.contains("418"), "{reason}");

        let authority = Some(testdata("authority.pem"));
        let error = ask(&address, authority.clone()).await;
        assert!(error.to_string().contains("418"), "{error}");
        let reason = link_reason(&address, authority).await;
        assert!(reason.contains("418"), "{reason}");
    }

    #[tokio::test]
    async fn a_certificate_for_another_name_is_refused() {
        let address = format!("https://127.0.0.1:{}", stub().await);
        let authority = Some(testdata("authority.pem"));
        let error = ask(&address, authority.clone()).await;
        assert!(matches!(error, NetError::Tls { .. }), "{error}");
        let reason = link_reason(&address, authority).await;
        assert!(reason.contains("no safe connection"), "{reason}");
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        let error = read_certificates(&testdata("localhost.key")).expect_err("a key");
        assert!(error.to_string().contains("none in it"), "{error}");
    }
}
