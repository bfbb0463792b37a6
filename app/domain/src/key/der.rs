//! As much DER (X.690) as a public key needs, read strictly: shortest lengths, shortest positive integers.

/// The tags that a public key, or something mistaken for one, is made of.
pub(super) mod tag {
    pub(in crate::key) const INTEGER: u8 = 0x02;
    pub(in crate::key) const BIT_STRING: u8 = 0x03;
    pub(in crate::key) const NULL: u8 = 0x05;
    pub(in crate::key) const OID: u8 = 0x06;
    pub(in crate::key) const SEQUENCE: u8 = 0x30;
    pub(in crate::key) const CONTEXT_0: u8 = 0xa0;
}

/// rsaEncryption, 1.2.840.113549.1.1.1.
pub(super) const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// Why an element could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// Its length says more than there is.
    Short,
    /// It is not DER.
    Malformed,
}

/// One element: its tag and content, and what comes after it.
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    pub(super) rest: &'a [u8],
}

/// Reads the element at the start of the bytes.
pub(super) fn element(bytes: &[u8]) -> Result<Element<'_>, Broken> {
    let [tag, first, rest @ ..] = bytes else { return Err(Broken::Short) };
    // Tags of more than one byte are in no key.
    if tag & 0x1f == 0x1f {
        return Err(Broken::Malformed);
    }
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => long_length(usize::from(first - 0x80), rest)?,
        _ => return Err(Broken::Malformed),
    };
    let (content, rest) = rest.split_at_checked(length).ok_or(Broken::Short)?;
    Ok(Element { tag: *tag, content, rest })
}

fn long_length(size: usize, rest: &[u8]) -> Result<(usize, &[u8]), Broken> {
    let (digits, rest) = rest.split_at_checked(size).ok_or(Broken::Short)?;
    let length = digits.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    let shortest = length >= 0x80 && digits.first() != Some(&0);
    if shortest { Ok((length, rest)) } else { Err(Broken::Malformed) }
}

/// Reads an element that must have this tag.
pub(super) fn expect(bytes: &[u8], tag: u8) -> Result<Element<'_>, Broken> {
    element(bytes).and_then(|element| if element.tag == tag { Ok(element) } else { Err(Broken::Malformed) })
}

/// The magnitude of an INTEGER that must be positive, without a leading zero.
pub(super) fn positive(content: &[u8]) -> Result<&[u8], Broken> {
    match content {
        [0, second, ..] if *second >= 0x80 => Ok(&content[1..]),
        [first, ..] if (1..0x80).contains(first) => Ok(content),
        _ => Err(Broken::Malformed),
    }
}

/// The canonical SPKI of an RSA key.
pub(super) fn spki(modulus: &[u8], exponent: u64) -> Vec<u8> {
    let exponent: Vec<u8> = exponent.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    let numbers = [integer(modulus), integer(&exponent)].concat();
    let key = [&[0][..], &write(tag::SEQUENCE, &numbers)].concat();
    let algorithm = [write(tag::OID, RSA_ENCRYPTION), write(tag::NULL, &[])].concat();
    write(tag::SEQUENCE, &[write(tag::SEQUENCE, &algorithm), write(tag::BIT_STRING, &key)].concat())
}

fn integer(magnitude: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if magnitude.first().is_none_or(|byte| *byte >= 0x80) { &[0] } else { &[] };
    write(tag::INTEGER, &[sign, magnitude].concat())
}

fn write(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match digits.as_slice() {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        // At most eight digits, so the sum stays in a byte.
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}
