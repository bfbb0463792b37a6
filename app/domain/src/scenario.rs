//! What a partner has to try out before live, by the vectors and scopes that are asked for (testing-scenarios.md).

use crate::{
    draft::Draft,
    vector::{self, Level, VectorOfTrust},
};

/// The scope of people's GP credentials, which are linked through IM1.
const IM1: &str = "gp_integration_credentials";

/// Some scenarios under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenarios {
    /// What they are about.
    pub heading: String,
    /// Each in a sentence.
    pub each: Vec<String>,
}

/// The scenarios that the conformance report has to cover, for the vectors of a draft: the default where it names none. A
/// vector that cannot be read counts for nothing.
pub fn scenarios(draft: &Draft) -> Vec<Scenarios> {
    let named: Vec<&str> = match draft.vectors.is_empty() {
        true => vector::DEFAULT.to_vec(),
        false => draft.vectors.iter().map(String::as_str).collect(),
    };
    let vectors: Vec<VectorOfTrust> = named.into_iter().filter_map(|name| VectorOfTrust::parse(name).ok()).collect();
    let mut levels: Vec<Level> = vectors.iter().map(VectorOfTrust::level).collect();
    levels.sort_unstable();
    levels.dedup();
    let asks_im1 = draft.scopes.iter().any(|scope| scope == IM1);
    let mut all = vec![in_any_case(&vectors)];
    all.extend(levels.into_iter().map(|level| at_level(level, asks_im1)));
    all
}

fn in_any_case(vectors: &[VectorOfTrust]) -> Scenarios {
    let mut each: Vec<String> = [
        "The NHS login settings page opens from your service.",
        "Someone does not agree to share their information. Your service tells them what that means.",
        "Your service asks for a scope that it does not have. NHS login answers invalid_scope, and people see a message that \
         helps them.",
    ]
    .map(str::to_owned)
    .to_vec();
    let vot = |vector: &VectorOfTrust| {
        format!("Your service asks with the vector {vector}, and checks that the vot of the ID token fits it.")
    };
    each.extend(vectors.iter().map(vot));
    Scenarios { heading: "In any case".into(), each }
}

fn at_level(level: Level, asks_im1: bool) -> Scenarios {
    let mut each = vec![format!("Someone new registers with NHS login at {level} on the way into your service.")];
    let linked = level == Level::P9 && asks_im1;
    each.extend([Level::P0, Level::P5, Level::P9].map(|proved| signs_in(proved, level, linked)));
    if linked {
        each.push("Someone whose GP details are not valid cannot use GP online services.".into());
    }
    Scenarios { heading: format!("At {level}"), each }
}

/// Someone whose identity was proved to a level signs in to a service at another.
fn signs_in(proved: Level, level: Level, linked: bool) -> String {
    let uplift = match proved < level {
        true => format!("is asked to prove their identity to {level}, and then "),
        false => String::new(),
    };
    let arrives = match linked {
        true => "is linked to their GP account and comes back to your service",
        false => "sees the right scopes on the consent page and comes back to your service",
    };
    format!("Someone proved to {proved} {uplift}{arrives}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(vectors: &[&str], scopes: &[&str]) -> Vec<Scenarios> {
        let owned = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect();
        scenarios(&Draft { vectors: owned(vectors), scopes: owned(scopes), ..Draft::default() })
    }

    #[test]
    fn each_registered_level_has_its_scenarios() {
        let headings =
            |vectors: &[&str]| -> Vec<String> { told(vectors, &[]).into_iter().map(|some| some.heading).collect() };
        assert_eq!(headings(&["P5.Cp.Cd", "P0.Cp", "P5.Cm"]), ["In any case", "At P0", "At P5"]);
        assert_eq!(headings(&[]), ["In any case", "At P9"], "the default");
        assert_eq!(headings(&["nonsense"]), ["In any case"]);
        let asked = &told(&["P5.Cp.Cd", "P5.Cm"], &[])[0].each;
        assert_eq!(asked.iter().filter(|sentence| sentence.contains("with the vector")).count(), 2, "each of them");
        let at = &told(&["P5.Cp.Cd"], &[])[1].each;
        assert_eq!(
            at[1],
            "Someone proved to P0 is asked to prove their identity to P5, and then sees the right scopes on the consent page and comes back to your service."
        );
        assert_eq!(
            at[3],
            "Someone proved to P9 sees the right scopes on the consent page and comes back to your service."
        );
    }

    #[test]
    fn gp_accounts_are_tried_where_they_are_asked_for() {
        let told = |scopes: &[&str]| {
            told(&["P0.Cp", "P9.Cm"], scopes).into_iter().flat_map(|some| some.each).collect::<Vec<_>>()
        };
        let of_gp = |all: &[String]| all.iter().filter(|sentence| sentence.contains("GP")).count();
        assert_eq!((of_gp(&told(&["openid"])), of_gp(&told(&[IM1]))), (0, 4));
    }
}
