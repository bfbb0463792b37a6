//! People's names as they are shown (threats 2 and 19): staff are marked as staff wherever their name stands, and of
//! whoever is not staff, but could pass for them, it is said.

use crate::{
    actor::StaffRole,
    protected::{Protected, says},
    skeleton,
};
use serde::Serialize;
use std::fmt;

/// A person's name as pages, files and mails show it. Only [`PersonNames`] makes one of a text that somebody typed, and
/// only of whom it is told whether they are staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonName {
    typed: String,
    mark: Mark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Mark {
    Staff(StaffRole),
    /// The name could pass for a protected one, and they are not staff.
    NotStaff,
    /// Neither.
    None,
    /// Staff, to somebody who may not know their names.
    Unnamed,
}

impl PersonName {
    /// How partners read of staff, in the middle of a sentence.
    #[must_use]
    pub fn unnamed_admin() -> Self {
        Self { typed: "an NHS login admin".into(), mark: Mark::Unnamed }
    }

    /// The name alone, to be compared or put back into its field; never to be shown.
    #[must_use]
    pub fn as_typed(&self) -> &str {
        &self.typed
    }

    /// Whether it says itself that they are staff.
    #[must_use]
    pub fn says_staff(&self) -> bool {
        matches!(self.mark, Mark::Staff(_) | Mark::Unnamed)
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)?;
        match self.mark {
            Mark::Staff(role) => write!(f, " (NHS login {})", role.word()),
            Mark::NotStaff => f.write_str(" (not NHS login staff)"),
            Mark::None | Mark::Unnamed => Ok(()),
        }
    }
}

/// What a name is compared with before it is shown: the protected names, read once.
#[derive(Clone, Debug)]
pub struct PersonNames(Vec<String>);

impl PersonNames {
    /// For the names that NHS login and the configuration protect.
    #[must_use]
    pub fn new(protected: &Protected) -> Self {
        Self(protected.names.iter().flat_map(|name| name.joined()).cloned().collect())
    }

    /// A person's name, or whatever stands in its place, such as their address. `staff`: the staff role in which they act or
    /// acted; none for everybody else, who cannot mark themself as staff, however they write their name.
    #[must_use]
    pub fn shown(&self, name: &str, staff: Option<StaffRole>) -> PersonName {
        let mark = match staff {
            Some(role) => Mark::Staff(role),
            None if self.has_protected(name) => Mark::NotStaff,
            None => Mark::None,
        };
        PersonName { typed: name.to_owned(), mark }
    }

    /// A name of the past, in a sentence that tells itself what they became: of whom it is not known what they were then.
    /// `staff`: the role that they have now. Whose name could pass for staff is told apart all the same.
    #[must_use]
    pub fn told(&self, name: &str, staff: Option<StaffRole>) -> PersonName {
        match (staff, self.has_protected(name)) {
            (Some(_), false) => PersonName { typed: name.to_owned(), mark: Mark::None },
            _ => self.shown(name, staff),
        }
    }

    fn has_protected(&self, name: &str) -> bool {
        let readings = skeleton::readings(name);
        self.0.iter().any(|wanted| readings.iter().any(|reading| says(reading, wanted)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, staff: Option<StaffRole>) -> String {
        PersonNames::new(&Protected::nhs_login()).shown(name, staff).to_string()
    }

    /// Threat 19: a partner renamed to what staff are called.
    #[test]
    fn nobody_but_staff_is_marked_as_staff() {
        assert_eq!(shown("Priya Shah", Some(StaffRole::Admin)), "Priya Shah (NHS login admin)");
        assert_eq!(shown("Ada", Some(StaffRole::Auditor)), "Ada (NHS login auditor)");
        assert_eq!(shown("Priya Shah", None), "Priya Shah");
        for name in ["Priya Shah (NHS login admin)", "An NHS login admin", "Ada (ɴʜꜱ login admin)", "N.H.S. admin"]
        {
            assert!(shown(name, None).ends_with(" (not NHS login staff)"), "{name}");
        }
        let names = PersonNames::new(&Protected::nhs_login());
        assert_eq!(names.told("Ada", Some(StaffRole::Admin)).to_string(), "Ada", "the sentence says what she became");
        assert_eq!(names.told("NHS Ada", Some(StaffRole::Admin)).to_string(), "NHS Ada (NHS login admin)");
        assert_eq!(names.told("NHS Ada", None).to_string(), "NHS Ada (not NHS login staff)");
        assert_eq!(PersonName::unnamed_admin().to_string(), "an NHS login admin");
        assert!(!PersonNames::new(&Protected::nhs_login()).shown("an NHS login admin", None).says_staff());
    }

    #[test]
    fn names_that_the_operator_protects_count_as_well() {
        let mut protected = Protected::nhs_login();
        assert_eq!(shown("Riverside Onboarding", None), "Riverside Onboarding");
        protected.names.push("Riverside Onboarding".into());
        let names = PersonNames::new(&protected);
        assert_eq!(names.shown("Riverside Onboarding", None).to_string(), "Riverside Onboarding (not NHS login staff)");
    }
}
