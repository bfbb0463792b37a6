//! The key file that encrypts second-factor secrets at rest: 32 random bytes, readable by the owner alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use app::auth::Ambient;

/// Why the key cannot be used. Each sentence says how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// Reading or creating failed.
    #[error("security.secret_key_file: {path} cannot be read or created ({cause}). Let the portal write there.")]
    Io {
        /// The file.
        path: String,
        /// What the operating system said.
        cause: io::Error,
    },
    /// Not 32 bytes.
    #[error("security.secret_key_file: {path} holds {length} bytes instead of 32. Restore it from your backup.")]
    Length {
        /// The file.
        path: String,
        /// How many bytes it holds.
        length: usize,
    },
    /// Others can read it.
    #[error("security.secret_key_file: {path} can be read by other users. Run chmod 600 on it.")]
    Open {
        /// The file.
        path: String,
    },
}

/// The key in the file, which is created when it does not exist.
pub fn load_or_create(path: &Path, ambient: Ambient) -> Result<[u8; 32], KeyFileError> {
    let failed = |cause| KeyFileError::Io { path: path.display().to_string(), cause };
    match create(path, ambient) {
        Ok(key) => return Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(error)),
    }
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Open { path: path.display().to_string() });
    }
    let bytes = fs::read(path).map_err(failed)?;
    let length = bytes.len();
    bytes.try_into().map_err(|_| KeyFileError::Length { path: path.display().to_string(), length })
}

fn create(path: &Path, ambient: Ambient) -> io::Result<[u8; 32]> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let key = ambient.bytes();
    file.write_all(&key)?;
    file.sync_all()?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creates_once_and_reads_the_same_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys/portal.key");
        let first = load_or_create(&path, crate::ambient::real()).unwrap();
        assert_eq!(load_or_create(&path, crate::ambient::real()).unwrap(), first);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn refuses_a_short_or_open_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("portal.key");
        fs::write(&path, [1; 31]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let error = load_or_create(&path, crate::ambient::real()).unwrap_err();
        assert!(matches!(error, KeyFileError::Length { length: 31, .. }), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = load_or_create(&path, crate::ambient::real()).unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
}
