//! What a text looks like, for comparison with what others look like.

/// The confusable skeleton (UTS 39) without case. Taken twice, because some skeletons are capitals: that of 0 is O.
pub(crate) fn of(text: &str) -> String {
    let shape: String = unicode_security::skeleton(&text.to_lowercase()).collect();
    unicode_security::skeleton(&shape.to_lowercase()).collect()
}
