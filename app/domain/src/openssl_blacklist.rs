//! Keys that an operator's lists name in the format of Debian's package `openssl-blacklist`, such as the keys that Debian's
//! OpenSSL made from 2006 to 2008 (CVE-2008-0166). They are too many, and in no package registry, to ship with the portal.

use std::{collections::BTreeSet, sync::Arc};

use sha1::{Digest, Sha1};

use crate::{hex, key::PublicKey};

/// Bytes of a digest that a line holds.
const KEPT: usize = 10;

/// The moduli of keys that are known to be compromised. Cloning it copies no list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpensslBlacklist(Arc<BTreeSet<[u8; KEPT]>>);

impl OpensslBlacklist {
    /// Reads lists as openssl-vulnkey(1) does: on each line the last 20 digits of the SHA-1, in lowercase hexadecimal, of
    /// what `openssl rsa -noout -modulus` prints. Empty lines and those that start with `#` say nothing.
    ///
    /// # Errors
    /// The list, counted from 0, and the line, counted from 1, that holds something else.
    pub fn read<'a>(lists: impl IntoIterator<Item = &'a str>) -> Result<Self, (usize, usize)> {
        let mut digests = BTreeSet::new();
        for (list, text) in lists.into_iter().enumerate() {
            for (line, digest) in
                text.lines().enumerate().filter(|(_, text)| !text.is_empty() && !text.starts_with('#'))
            {
                digests.insert(kept(digest).ok_or((list, line + 1))?);
            }
        }
        Ok(Self(Arc::new(digests)))
    }

    /// Whether a list names the key.
    #[must_use]
    pub fn has(&self, key: &PublicKey) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let digest = Sha1::digest(format!("Modulus={}\n", hex::lower(key.modulus()).to_uppercase()));
        digest.last_chunk().is_some_and(|last: &[u8; KEPT]| self.0.contains(last))
    }
}

fn kept(digest: &str) -> Option<[u8; KEPT]> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_digest = digest.len() == 2 * KEPT && digest.bytes().all(is_digit);
    is_digest.then(|| hex::decode(digest.bytes()).try_into().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    fn run(program: &str) -> String {
        let output = Command::new("sh").args(["-c", program]).stderr(Stdio::null()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// The command is the one that the lists give in their heads.
    #[test]
    fn a_listed_key_is_found_and_another_is_not() {
        let [listed, other] = [0; 2].map(|_| run("openssl genrsa 2048 | openssl rsa -pubout"));
        let line = run(&format!(
            "printf '%s' '{listed}' | openssl rsa -pubin -noout -modulus | openssl sha1 -r | cut -c 21-40"
        ));
        let list = OpensslBlacklist::read(["# a comment\n\n00005890bc78bcbee3ca\n", line.as_str()]).unwrap();
        let [listed, other] = [listed, other].map(|pem| PublicKey::parse(&pem, &[2048]).unwrap());
        assert!(list.has(&listed) && !list.has(&other));
        assert!(!OpensslBlacklist::default().has(&listed));
        let mut policy = crate::policy::EnvironmentPolicy::nhs_login().remove(0);
        policy.openssl_blacklist = list;
        assert!(policy.is_compromised(&listed) && !policy.is_compromised(&other));
    }

    #[test]
    fn a_line_that_is_no_digest_is_named() {
        let sound = "00005890bc78bcbee3ca\n";
        for wrong in ["00005890BC78BCBEE3CA", "00005890bc78bcbee3", "00005890bc78bcbee3ca00", "g0005890bc78bcbee3ca"] {
            assert_eq!(OpensslBlacklist::read([sound, &format!("# head\n{wrong}\n")]), Err((1, 2)), "{wrong}");
        }
    }
}
