//! The key file that encrypts second-factor secrets at rest: 32 random bytes, readable by the owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use usecases::auth::Ambient;

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
    /// Not there, although there are secrets that it sealed.
    #[error(
        "security.secret_key_file: {path} does not exist, and the database holds second factors that only its key opens. \
         Restore it from your backup. If it is lost for good, make a new one with head -c 32 /dev/urandom > {path} and \
         chmod 600 {path}: people then sign in with a recovery code and set up their second factor again."
    )]
    Lost {
        /// The file.
        path: String,
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

/// The key in the file, which is created when it does not exist, unless something is sealed already: a new key opens
/// none of it.
///
/// # Errors
/// Why there is no key.
pub fn load_or_create(path: &Path, ambient: Ambient, is_in_use: bool) -> Result<[u8; 32], KeyFileError> {
    if let Some(key) = load(path)? {
        return Ok(key);
    }
    if is_in_use {
        return Err(KeyFileError::Lost { path: path.display().to_string() });
    }
    let failed = |cause| KeyFileError::Io { path: path.display().to_string(), cause };
    match create(path, ambient) {
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => load(path)?.ok_or_else(|| failed(error)),
        created => created.map_err(failed),
    }
}

/// The key in the file; none when there is no file.
///
/// # Errors
/// Why it cannot be used.
pub fn load(path: &Path) -> Result<Option<[u8; 32]>, KeyFileError> {
    let failed = |cause| KeyFileError::Io { path: path.display().to_string(), cause };
    let mode = match fs::metadata(path) {
        Ok(metadata) => metadata.permissions().mode(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Open { path: path.display().to_string() });
    }
    let bytes = fs::read(path).map_err(failed)?;
    let length = bytes.len();
    bytes.try_into().map(Some).map_err(|_| KeyFileError::Length { path: path.display().to_string(), length })
}

/// All of it or nothing: the file gets its name once its bytes are on the disk, and never takes another's place.
fn create(path: &Path, ambient: Ambient) -> io::Result<[u8; 32]> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let key = ambient.bytes();
    let fresh = path.with_added_extension(data_encoding::HEXLOWER.encode(&ambient.bytes::<8>()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    let named = file.write_all(&key).and_then(|()| file.sync_all()).and_then(|()| fs::hard_link(&fresh, path));
    fs::remove_file(&fresh)?;
    named?;
    File::open(parent)?.sync_all()?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creates_once_and_reads_the_same_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys/portal.key");
        let first = load_or_create(&path, crate::ambient::real(), false).unwrap();
        assert_eq!(load_or_create(&path, crate::ambient::real(), true).unwrap(), first);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing else is left behind");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn makes_no_new_key_for_what_another_has_sealed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("portal.key");
        let error = load_or_create(&path, crate::ambient::real(), true).unwrap_err();
        assert!(error.to_string().contains("Restore it from your backup"), "{error}");
        assert!(!path.exists());
    }

    #[test]
    fn refuses_a_short_or_open_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("portal.key");
        fs::write(&path, [1; 31]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let error = load(&path).unwrap_err();
        assert!(matches!(error, KeyFileError::Length { length: 31, .. }), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = load(&path).unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
}
