//! Vectors of trust: how sure the provider must be of who the end-user is.
//!
//! `P` says how the identity was proved (P0 none, P5 low, P9 high), the `C` components how the end-user signs in.
//! Components are all needed inside a vector; of several vectors any one will do (vectors-of-trust.md, EIS table 21).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    problem::Problem,
    quote,
    rule::ScopeFault,
    warning::{Said, Warning},
};

const FIELD: &str = "nhs_vtr";

/// How well the end-user's identity was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Nothing proved: an address and a password.
    P0,
    /// Low: found in the Personal Demographics Service.
    P5,
    /// High: identity document or GP online details checked.
    P9,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P0 => "P0",
            Self::P5 => "P5",
            Self::P9 => "P9",
        })
    }
}

/// One vector that the provider knows, for the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownVector {
    /// The canonical form: `P9.Cp.Cd`.
    pub name: &'static str,
    /// The level of identity proofing.
    pub level: Level,
    /// What it means, in a person's words.
    pub description: &'static str,
    /// Whether the public guidance names it; the others are in the External Interface Specification alone.
    pub in_guidance: bool,
}

const fn known(name: &'static str, level: Level, in_guidance: bool, description: &'static str) -> KnownVector {
    KnownVector { name, level, description, in_guidance }
}

/// Every vector that can be registered, in the catalogue's order.
pub const ALL: [KnownVector; 12] = [
    known("P9.Cp.Cd", Level::P9, true, "Identity fully checked. Signs in with a password and a known device."),
    known("P9.Cp.Ck", Level::P9, true, "Identity fully checked. Signs in with a password and a key held on a device."),
    known("P9.Cm", Level::P9, true, "Identity fully checked. Signs in with a fingerprint, face or device passcode."),
    known("P5.Cp.Cd", Level::P5, true, "Found in NHS records. Signs in with a password and a known device."),
    known("P5.Cp.Ck", Level::P5, true, "Found in NHS records. Signs in with a password and a key held on a device."),
    known("P5.Cm", Level::P5, true, "Found in NHS records. Signs in with a fingerprint, face or device passcode."),
    known("P0.Cp", Level::P0, true, "Identity not checked. Signs in with a password."),
    known("P0.Cp.Cd", Level::P0, false, "Identity not checked. Signs in with a password and a known device."),
    known("P0.Cp.Ck", Level::P0, false, "Identity not checked. Signs in with a password and a key held on a device."),
    known("P0.Cm", Level::P0, false, "Identity not checked. Signs in with a fingerprint, face or device passcode."),
    known("P5.Cp", Level::P5, false, "Found in NHS records. Signs in with a password only."),
    known("P9.Cp", Level::P9, false, "Identity fully checked. Signs in with a password only."),
];

/// The provider's default where a client registers none.
pub const DEFAULT: [&str; 3] = ["P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm"];

/// A known vector in its canonical form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VectorOfTrust(String);

impl VectorOfTrust {
    /// Reads a vector whatever the order of its components: `Cd.Cp.P9` is `P9.Cp.Cd`. Case matters (RFC 8485).
    ///
    /// # Errors
    /// `vector-unknown` at field `nhs_vtr`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let typed = sorted(text.trim());
        ALL.iter().find(|known| sorted(known.name) == typed).map(|known| Self(known.name.to_owned())).ok_or_else(|| {
            Problem::new(
                FIELD,
                ScopeFault::VectorUnknown {
                    typed: quote::short(text.trim()),
                    known: ALL.map(|known| known.name).join(", "),
                },
            )
        })
    }

    /// The canonical form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The level of identity proofing that the vector reaches.
    #[must_use]
    pub fn level(&self) -> Level {
        match self.0.as_bytes().get(1) {
            Some(b'9') => Level::P9,
            Some(b'5') => Level::P5,
            _ => Level::P0,
        }
    }

    fn has(&self, component: &str) -> bool {
        self.0.split('.').any(|part| part == component)
    }

    fn in_guidance(&self) -> bool {
        ALL.iter().any(|known| known.name == self.0 && known.in_guidance)
    }
}

fn sorted(text: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = text.split('.').collect();
    parts.sort_unstable();
    parts
}

impl TryFrom<String> for VectorOfTrust {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        Self::parse(&text)
    }
}

impl From<VectorOfTrust> for String {
    fn from(vector: VectorOfTrust) -> Self {
        vector.0
    }
}

impl fmt::Display for VectorOfTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Judges the vectors of a registration: the vectors in the catalogue's order (the provider's default when none is
/// given), the problems, the warnings. The `entry` of each is the vector as typed.
#[must_use]
pub fn check_all(entries: &[String]) -> (Vec<VectorOfTrust>, Vec<Problem>, Vec<Said>) {
    let typed: Vec<&str> = entries.iter().map(|entry| entry.trim()).filter(|entry| !entry.is_empty()).collect();
    if typed.is_empty() {
        return (DEFAULT.map(|name| VectorOfTrust(name.to_owned())).to_vec(), Vec::new(), Vec::new());
    }
    let mut vectors: Vec<VectorOfTrust> = Vec::new();
    let mut problems = Vec::new();
    for entry in typed {
        match VectorOfTrust::parse(entry) {
            Ok(vector) if !vectors.contains(&vector) => vectors.push(vector),
            Ok(_) => {}
            Err(problem) => problems.push(problem.at(entry)),
        }
    }
    vectors.sort_by_key(|vector| ALL.iter().position(|known| known.name == vector.0));
    let warnings = warnings(&vectors);
    (vectors, problems, warnings)
}

/// The provider's default, chosen or left out, gives none: the bytes are the same, so what is said of both is.
fn warnings(vectors: &[VectorOfTrust]) -> Vec<Said> {
    let mut warnings = Vec::new();
    if vectors.iter().map(VectorOfTrust::as_str).eq(DEFAULT) {
        return warnings;
    }
    let other_than = |component: &str| vectors.iter().any(|vector| !vector.has(component) && !vector.has("Ck"));
    for vector in vectors {
        if !vector.in_guidance() {
            warnings.push(warning(vector, Warning::VectorNotInGuidance, format!(
                "{vector} is in the External Interface Specification but not in the public guidance. Ask the onboarding \
                 team whether the environment supports it before you rely on it."
            )));
        }
        if vector.has("Ck") {
            let then = if other_than("Ck") {
                "People will sign in with your other vectors."
            } else {
                "Register another vector as well."
            };
            warnings.push(warning(
                vector,
                Warning::VectorNotImplemented,
                format!(
                    "{vector} asks for a key held on a device (Ck), which NHS login has not yet implemented. {then}"
                ),
            ));
        }
        if vector.has("Cm") && !other_than("Cm") {
            warnings.push(warning(
                vector,
                Warning::VectorFido,
                format!(
                    "{vector} works only for people who have set up FIDO sign-in with a fingerprint, face or device \
                 passcode. Also register a vector with Cp, for everyone else."
                ),
            ));
        }
    }
    let reaches = |level| vectors.iter().any(|vector| vector.level() == level);
    if reaches(Level::P5) && reaches(Level::P9) {
        let sentence = "You register P5 and P9 vectors together. You get fewer claims from people at P5 until they \
                        step up to P9: plan for both in your service.";
        warnings.push(Warning::VectorStepUp.said(FIELD, sentence));
    }
    warnings
}

fn warning(vector: &VectorOfTrust, kind: Warning, sentence: String) -> Said {
    kind.said(FIELD, sentence).at(vector.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(entries: &[&str]) -> (Vec<String>, Vec<String>, Vec<String>) {
        let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        let (vectors, problems, warnings) = check_all(&entries);
        let rules = |list: Vec<Said>| list.into_iter().map(|problem| problem.rule).collect();
        (
            vectors.into_iter().map(String::from).collect(),
            rules(problems.into_iter().map(Said::from).collect()),
            rules(warnings),
        )
    }

    #[test]
    fn each_known_vector_keeps_its_name_and_level() {
        for known in ALL {
            let vector = VectorOfTrust::parse(known.name).unwrap();
            assert_eq!((vector.as_str(), vector.level()), (known.name, known.level));
        }
    }

    #[test]
    fn components_are_put_in_order() {
        assert_eq!(VectorOfTrust::parse("Cd.P9.Cp").unwrap().as_str(), "P9.Cp.Cd");
        for bad in ["", "P9", "P1.Cp", "p9.cp.cd", "P9.Cp.Cp", "P9.Cp.Cd.Ck", "P9..Cp", "Cp"] {
            assert_eq!(VectorOfTrust::parse(bad).unwrap_err().rule.name(), "vector-unknown", "{bad}");
        }
    }

    #[test]
    fn none_is_the_default_without_warnings() {
        assert_eq!(check(&["", " "]).0, DEFAULT);
        assert!(check(&[]).2.is_empty());
        // What is frozen names the default, and a reviewer reads the same of it.
        assert!(check(&DEFAULT).2.is_empty());
    }

    #[test]
    fn warns_of_what_surprises() {
        assert_eq!(check(&["P9.Cp.Cd"]).2, Vec::<String>::new());
        assert_eq!(check(&["P9.Cp.Ck"]).2, ["vector-ck"]);
        assert_eq!(check(&["P5.Cp.Cd", "P9.Cp.Cd"]).2, ["vector-step-up"]);
        assert_eq!(check(&["P0.Cm"]).2, ["vector-not-in-guidance", "vector-cm"]);
        // There is a vector with Cp beside it.
        assert_eq!(check(&["P9.Cp.Cd", "P9.Cm"]).2, Vec::<String>::new());
        let (vectors, problems, _) = check(&["P5.Cm", "Cp.P0", "P0.Cp", "nonsense"]);
        assert_eq!((vectors, problems), (vec!["P5.Cm".into(), "P0.Cp".into()], vec!["vector-unknown".into()]));
    }
}
