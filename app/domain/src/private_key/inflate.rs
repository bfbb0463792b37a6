//! Compressed data: gzip (RFC 1952), zlib (RFC 1950) and the entries of a ZIP file.

use flate2::{Decompress, FlushDecompress};

/// The most bytes that are inflated of one stream: far more than any key has.
const LONGEST: usize = 128 * 1024;
/// The most streams that are inflated of one view.
const MOST: usize = 4;

/// The beginnings of what the streams in the view hold.
pub(super) fn decoded(view: &[u8]) -> Vec<Vec<u8>> {
    let starts = (0..view.len()).filter_map(|at| start(&view[at..], at == 0));
    starts.take(MOST).map(|(deflated, has_header)| inflated(deflated, has_header)).collect()
}

/// The deflated data of a stream that begins here, and whether its header is zlib's. Two bytes of zlib's header are too
/// few to look for inside.
fn start(rest: &[u8], is_first: bool) -> Option<(&[u8], bool)> {
    match rest {
        [0x1f, 0x8b, 8, flags, _, _, _, _, _, _, body @ ..] => after_fields(body, *flags).map(|body| (body, false)),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] if is_first => Some((rest, true)),
        [b'P', b'K', 3, 4, _, _, _, _, 8, 0, ..] => {
            let length = |at: usize| Some(usize::from(u16::from_le_bytes([*rest.get(at)?, *rest.get(at + 1)?])));
            rest.get(30 + length(26)? + length(28)?..).map(|body| (body, false))
        }
        _ => None,
    }
}

/// What follows the extra field, the name, the comment and the checksum of a gzip header.
fn after_fields(mut body: &[u8], flags: u8) -> Option<&[u8]> {
    if flags & 4 != 0 {
        let length = usize::from(u16::from_le_bytes([*body.first()?, *body.get(1)?]));
        body = body.get(2 + length..)?;
    }
    for text in [8, 16] {
        if flags & text != 0 {
            body = body.get(body.iter().position(|byte| *byte == 0)? + 1..)?;
        }
    }
    if flags & 2 != 0 { body.get(2..) } else { Some(body) }
}

/// What was read before the end, or before the data turned out to be damaged.
fn inflated(deflated: &[u8], has_header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(LONGEST);
    let _ = Decompress::new(has_header).decompress_vec(deflated, &mut out, FlushDecompress::Finish);
    out
}
