//! Where the files that belong to evidence are kept: a directory, or a bucket.

use std::os::unix::fs::DirBuilderExt;
use std::sync::Arc;

use object_store::{ObjectStore, aws::AmazonS3Builder, local::LocalFileSystem};
use usecases::attachments::{Files, Scanner};

use crate::config::{FilesConfig, is_loopback};

/// Opens the store of files that the configuration names. A directory is made, for the portal's user alone.
///
/// # Errors
/// Why it cannot be opened, in a sentence without a secret.
pub fn open(config: &FilesConfig) -> Result<Files, String> {
    let objects = if config.bucket.is_empty() { directory(config)? } else { bucket(config)? };
    Ok(Files { objects, scanner: scanner(&config.clamd) })
}

fn directory(config: &FilesConfig) -> Result<Arc<dyn ObjectStore>, String> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&config.directory);
    made.map_err(|error| format!("files.directory: it cannot be made ({error})"))?;
    let opened = LocalFileSystem::new_with_prefix(&config.directory);
    let opened = opened.map_err(|error| format!("files.directory: it cannot be opened ({error})"))?;
    // What the database says to be there is there after a power cut too.
    Ok(Arc::new(opened.with_fsync(true)))
}

fn bucket(config: &FilesConfig) -> Result<Arc<dyn ObjectStore>, String> {
    let mut builder = AmazonS3Builder::new().with_bucket_name(&config.bucket).with_region(&config.region);
    if let Some(endpoint) = &config.endpoint {
        // Checked before: plain http leads nowhere but to this machine.
        let address = endpoint.as_str().trim_end_matches('/');
        builder = builder.with_endpoint(address).with_allow_http(is_loopback(endpoint));
    }
    if let (Some(id), Some(key)) = (&config.access_key_id, &config.secret_access_key) {
        builder = builder.with_access_key_id(id).with_secret_access_key(key);
    }
    Ok(Arc::new(builder.build().map_err(|error| format!("files.bucket: it cannot be opened ({error})"))?))
}

fn scanner(clamd: &str) -> Option<Scanner> {
    match clamd {
        "" => None,
        path if path.starts_with('/') => Some(Scanner::Unix(path.into())),
        address => Some(Scanner::Tcp(address.to_owned())),
    }
}
