//! Private members of a JWK, of the XML that .NET writes, and of what `openssl rsa -text` prints.

/// The shortest private number worth the name; an Ed25519 `d` has 43 characters.
const SHORTEST: usize = 40;

/// Whether one of the forms is in the text.
pub(super) fn found_in(plain: &[u8]) -> bool {
    #[cfg(not(target_arch = "wasm32"))]
    if super::named::found_in(plain) {
        return true;
    }
    jwk(plain) || xml(plain) || printed(plain)
}

/// A member `d`, `p`, `q`, `dp`, `dq` or `qi` with a long value, beside a public member of an asymmetric JWK.
fn jwk(plain: &[u8]) -> bool {
    let mut private = false;
    let mut public = false;
    for (at, byte) in plain.iter().enumerate() {
        if *byte != b':' && *byte != b'=' {
            continue;
        }
        match name_before(plain, at) {
            b"d" | b"p" | b"q" | b"dp" | b"dq" | b"qi" => private |= value_length(plain, at + 1) >= SHORTEST,
            b"n" | b"x" => public |= value_length(plain, at + 1) >= SHORTEST,
            b"kty" | b"crv" => public = true,
            _ => {}
        }
        if private && public {
            return true;
        }
    }
    false
}

/// The word before a colon, quotes and spaces aside.
fn name_before(plain: &[u8], colon: usize) -> &[u8] {
    let sign = |byte: &u8| !byte.is_ascii_alphanumeric() && *byte != b'_';
    let floor = colon.saturating_sub(12);
    let before = &plain[floor..colon];
    let end =
        before.iter().rposition(|byte| !matches!(byte, b'"' | b'\'' | b'`' | b' ' | b'\n')).map_or(0, |at| at + 1);
    let start = before[..end].iter().rposition(sign).map_or(0, |at| at + 1);
    &before[start..end]
}

/// The number of base64url characters after a colon, quotes and spaces aside.
fn value_length(plain: &[u8], from: usize) -> usize {
    let quote = |byte: &&u8| matches!(**byte, b'"' | b'\'' | b'`' | b' ' | b'\n');
    let rest = &plain[from..];
    let skipped = rest.iter().take(60).take_while(quote).count();
    let digit = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'-' | b'_' | b'+' | b'/');
    rest[skipped..].iter().take(SHORTEST).take_while(digit).count()
}

/// `<RSAKeyValue>` or `<RSAParameters>` with a `<D>`, a `<P>` or a `<Q>`, whatever the prefix of the names.
fn xml(plain: &[u8]) -> bool {
    let known = [&b"Modulus>"[..], b"InverseQ>", b"<RSAKeyValue"].iter().any(|tag| contains(plain, tag));
    let is_name = |at: usize| at > 0 && matches!(plain[at - 1], b'<' | b':');
    known
        && plain.windows(2).enumerate().any(|(at, piece)| {
            matches!(piece, b"D>" | b"P>" | b"Q>") && is_name(at) && value_length(plain, at + 2) >= SHORTEST
        })
}

/// `privateExponent:`, `prime1:` or `priv:` and the bytes in hexadecimal with colons.
fn printed(plain: &[u8]) -> bool {
    [&b"privateExponent:"[..], b"prime1:", b"prime2:", b"priv:"].iter().any(|name| {
        plain.windows(name.len()).enumerate().any(|(at, piece)| {
            let hex = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(**byte, b':' | b' ' | b'\n');
            piece == *name
                && plain[at + name.len()..].iter().take(60).take_while(hex).filter(|b| **b == b':').count() >= 10
        })
    })
}

fn contains(plain: &[u8], word: &[u8]) -> bool {
    plain.windows(word.len()).any(|piece| piece == word)
}
