//! What is wrong with the configuration, by key, with the mend.

use std::fmt;

/// One wrong key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The dotted path of the key: `http.listen`. Empty when the file as a whole cannot be read.
    pub key: String,
    /// What is wrong and how to mend it. Ends with a full stop.
    pub message: String,
}

impl Mistake {
    /// A mistake of one key.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }

    /// The environment variable that overrides the key.
    pub fn variable(&self) -> String {
        format!("PORTAL__{}", self.key.replace('.', "__").to_uppercase())
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {} (Environment variable: {}.)", self.key, self.message, self.variable())
    }
}

/// Everything that was found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("The configuration cannot be used.")?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl std::error::Error for Mistakes {}

impl From<Mistake> for Mistakes {
    fn from(mistake: Mistake) -> Self {
        Self(vec![mistake])
    }
}
