//! Keys whose private halves are published: test keys of RFCs, of Wycheproof, and of libraries' fixtures.
//!
//! `compromised/keys.txt` names the source and the licence of each; `compromised/make.py` makes it again. A key is looked
//! up by its modulus, so that it is found in whatever form it comes.

use std::{collections::BTreeSet, sync::LazyLock};

use sha2::{Digest, Sha256};

/// How many bytes of each SHA-256 are kept: that one of 2^80 sound keys is taken for a listed one is unlikely enough.
const KEPT: usize = 12;

static LISTED: LazyLock<BTreeSet<Vec<u8>>> = LazyLock::new(|| {
    let digests = include_str!("compromised/keys.txt").lines().filter(|line| !line.starts_with('#'));
    digests.map(|digest| crate::hex::decode(digest.bytes())).collect()
});

/// Whether the modulus (big-endian, no leading zero) is one of them.
pub(super) fn is_listed(modulus: &[u8]) -> bool {
    LISTED.contains(&Sha256::digest(modulus)[..KEPT])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_whole() {
        assert!(LISTED.len() > 300 && LISTED.iter().all(|digest| digest.len() == KEPT), "{}", LISTED.len());
        assert!(!is_listed(&[1; 256]));
    }
}
