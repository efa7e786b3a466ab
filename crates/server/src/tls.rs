//! TLS by certificate files: reads them, reads them again on SIGHUP or when they have changed, and makes
//! what the listeners need. Knows nothing of connections; those that are open keep what they began with.

use anyhow::{Context, Result, bail};
use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::signal::unix::{SignalKind, signal};

/// Between two looks at the files' times.
const LOOK: Duration = Duration::from_secs(10);

/// Where certificate and key lie, both as PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate, then those that lead to the root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// The certificate of now.
#[derive(Debug)]
pub struct Certificates {
    files: TlsFiles,
    current: RwLock<Arc<CertifiedKey>>,
}

impl TlsFiles {
    /// The two settings, which go together.
    ///
    /// # Errors
    /// When one is there without the other.
    pub fn gather(get: &impl Fn(&str) -> Option<String>) -> Result<Option<TlsFiles>> {
        match (get("FRONTDESK_TLS_CERT"), get("FRONTDESK_TLS_KEY")) {
            (Some(certificate), Some(key)) => {
                Ok(Some(TlsFiles { certificate: certificate.into(), key: key.into() }))
            }
            (None, None) => Ok(None),
            _ => bail!("FRONTDESK_TLS_CERT and FRONTDESK_TLS_KEY go together: set both or none"),
        }
    }

    fn read(&self) -> Result<Arc<CertifiedKey>> {
        let cannot = |path: &PathBuf| format!("{} cannot be read as PEM", path.display());
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .with_context(|| cannot(&self.certificate))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).with_context(|| cannot(&self.key))?;
        let pair = CertifiedKey::from_der(chain, key, &ring::default_provider());
        let pair = pair.with_context(|| {
            format!("{} and {} do not go together", self.certificate.display(), self.key.display())
        })?;
        Ok(Arc::new(pair))
    }

    /// When the files were last written.
    fn written(&self) -> [Option<SystemTime>; 2] {
        [&self.certificate, &self.key].map(|path| std::fs::metadata(path).and_then(|m| m.modified()).ok())
    }
}

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// One sentence that names the file.
    pub fn read(files: TlsFiles) -> Result<Certificates> {
        let current = RwLock::new(files.read()?);
        Ok(Certificates { files, current })
    }

    /// Reads the files again on SIGHUP and when their times change. What cannot be read changes nothing.
    pub async fn keep_current(self: Arc<Self>) {
        let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
        let mut seen = self.files.written();
        loop {
            tokio::select! {
                _ = hangup.recv() => {}
                () = tokio::time::sleep(LOOK) => if seen == self.files.written() { continue },
            }
            seen = self.files.written();
            match self.files.read() {
                Ok(pair) => {
                    *self.current.write() = pair;
                    tracing::info!("TLS certificate read again");
                }
                Err(error) => tracing::warn!("TLS certificate not read again: {error:#}"),
            }
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().clone())
    }
}

/// What listeners need. Sessions are resumed by tickets that the client keeps, so that a wave of
/// reconnects costs no signatures and an idle connection no memory.
///
/// # Errors
/// When the system gives no random numbers.
pub fn config(certificates: Arc<dyn ResolvesServerCert>) -> Result<Arc<ServerConfig>> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    // The second is how an ACME authority asks; nobody else does.
    config.alpn_protocols = vec![b"http/1.1".to_vec(), b"acme-tls/1".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.ticketer = ring::Ticketer::new()?;
    config.send_tls13_tickets = 1;
    Ok(Arc::new(config))
}
