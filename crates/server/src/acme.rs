//! Certificates by ACME (RFC 8555): ordered, renewed and kept in the data folder, proven over the very
//! port that they are for (TLS-ALPN-01, RFC 8737). Knows nothing of listeners and connections.

use crate::settings::is_host;
use anyhow::{Context, Result, bail};
use futures_util::StreamExt;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::ResolvesServerCert;
use rustls::{ClientConfig, RootCertStore};
use rustls_acme::caches::DirCache;
use rustls_acme::{AcmeConfig, AcmeState};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Let's Encrypt.
const DIRECTORY: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// What to order, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Names of the certificate.
    pub domains: Vec<String>,
    /// Whom the authority writes to.
    pub email: Option<String>,
    /// Address of the authority's directory.
    pub directory: String,
    /// A root that the authority's own certificate comes from, beside the public ones.
    pub root: Option<PathBuf>,
}

impl Order {
    /// The settings; absent without domains.
    ///
    /// # Errors
    /// When a domain is no name.
    pub fn gather(get: &impl Fn(&str) -> Option<String>) -> Result<Option<Order>> {
        let Some(domains) = get("FRONTDESK_ACME_DOMAINS") else { return Ok(None) };
        let domains: Vec<String> = domains.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
        if !domains.iter().all(|name| is_host(name)) {
            bail!("FRONTDESK_ACME_DOMAINS must be host names with commas between");
        }
        Ok(Some(Order {
            domains,
            email: get("FRONTDESK_ACME_EMAIL"),
            directory: get("FRONTDESK_ACME_DIRECTORY").unwrap_or(DIRECTORY.to_owned()),
            root: get("FRONTDESK_ACME_CA").map(PathBuf::from),
        }))
    }

    /// Whom to trust as the authority.
    fn client(&self) -> Result<ClientConfig> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(path) = &self.root {
            let root = CertificateDer::from_pem_file(path)
                .with_context(|| format!("{} cannot be read as PEM", path.display()))?;
            roots.add(root).with_context(|| format!("{} is no root certificate", path.display()))?;
        }
        Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth())
    }
}

/// Keeps the certificate current.
pub struct Renewal {
    state: AcmeState<io::Error>,
    folder: PathBuf,
}

impl Renewal {
    /// Prepares the folder; nothing is ordered yet.
    ///
    /// # Errors
    /// One sentence that names the file or the folder.
    pub fn new(order: &Order, data: &Path) -> Result<Renewal> {
        let folder = data.join("acme");
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        let config = AcmeConfig::new_with_client_config(&order.domains, Arc::new(order.client()?))
            .contact(order.email.iter().map(|email| format!("mailto:{email}")))
            .directory(&order.directory)
            .cache(DirCache::new(folder.clone()));
        Ok(Renewal { state: config.state(), folder })
    }

    /// The certificate of now, and the answers to the authority's questions.
    pub fn certificates(&self) -> Arc<dyn ResolvesServerCert> {
        self.state.resolver()
    }

    /// Orders and renews for as long as the server runs; after a failure again, later each time.
    pub async fn keep_current(mut self) {
        while let Some(event) = self.state.next().await {
            match event {
                Ok(what) => tracing::info!("ACME: {what:?}"),
                Err(error) => tracing::warn!("ACME: {error}"),
            }
            if let Err(error) = self.protect() {
                tracing::warn!("the folder of certificates is not as it should be: {error}");
            }
        }
    }

    /// The library writes its files for everybody to read. The folder lets nobody in, and the keys in it
    /// shall stay closed where it is copied to as well.
    fn protect(&self) -> io::Result<()> {
        for file in std::fs::read_dir(&self.folder)? {
            std::fs::set_permissions(file?.path(), std::fs::Permissions::from_mode(0o600))?;
        }
        Ok(())
    }
}
