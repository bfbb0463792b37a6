//! Warnings are one set: what the partner reads before submitting is what is recorded and what the reviewer reads; and
//! what somebody imitates is never approved by the rules alone (threats 2 and 19).

use std::collections::BTreeSet;

use domain::registration::{Registration, RevisionState};
use domain::warning::Warning;

use crate::support::stage::{self, Answers};
use crate::support::{Answer, Person, Team, World, html};

/// The sentences on a page, without what surrounds them.
fn said(page: &scraper::Html, selector: &str) -> BTreeSet<String> {
    html::select(page, selector).into_iter().map(html::text_of).collect()
}

/// Submits the team's registration, whose warnings are these: what its owner reads before is what is recorded, and what the
/// admin reads on the page that is given back.
async fn read_alike_by_all(world: &World, team: &mut Team, admin: &mut Person, expected: &[&str]) -> Answer {
    let id = team.registration.clone();
    let check = team.owner.open(&format!("/registrations/{id}/check")).await;
    let before = said(&check.page(), ".nhsuk-card--warning li > span");
    team.submit().await.leads_to("/registrations/");
    let (state, _) = world.store.load::<Registration>(id.parse().unwrap()).await.unwrap();
    let revision = state.revisions.last().unwrap();
    assert_eq!(revision.state, RevisionState::Submitted, "a person looks");
    let recorded = &revision.warnings;
    let rules: BTreeSet<&str> = recorded.iter().map(|warning| warning.rule.as_str()).collect();
    assert_eq!(rules, expected.iter().copied().collect());
    let for_partner: BTreeSet<String> = recorded.iter().map(|one| Warning::for_partner(one).message).collect();
    assert_eq!(before, for_partner, "what was read before is what was recorded");

    let review = admin.open(&format!("/admin/reviews/{id}")).await;
    let read = said(&review.page(), "#warnings + .nhsuk-inset-text li");
    let recorded: BTreeSet<String> = recorded.iter().map(|warning| Warning::for_staff(warning).message).collect();
    assert_eq!(read.len(), recorded.len(), "{read:?}");
    for sentence in &recorded {
        assert!(read.iter().any(|line| line.ends_with(sentence.as_str())), "{sentence} is missing in {read:?}");
    }
    review
}

/// A sandpit that asks what live asks: real people sign in, and the evidence names an ODS code.
const AS_IN_LIVE: &str = "
[environment.sandpit]
production = true
[[environment.sandpit.evidence]]
id = \"ods_code\"
title = \"ODS code\"
hint = \"Whose service it is.\"
[[environment.sandpit.evidence.fields]]
id = \"code\"
label = \"ODS code\"
kind = \"ods_code\"
";

/// What contradicts what the portal holds, and what has no place where real people sign in.
#[tokio::test]
async fn contradictions_and_what_is_for_tests_are_read_alike_by_all() {
    for world in [World::with(AS_IN_LIVE).await, World::on_postgres_with(AS_IN_LIVE).await] {
        let mut admin = world.admin("admin@nhs.example.com").await;
        let mut team = Team::assemble(&world, "alder").await;
        let page = format!("/organisations/{}/edit", team.organisation);
        let named = [("name", "Alder health"), ("ods_code", "X26")];
        team.owner.fill(&page, "/api/change-organisation", &named).await.leads_to("/organisations/");
        team.fill_in(&[]).await;
        let id = team.registration.clone();
        let uris = [
            ("redirect_uris[0]", "https://staging.alder.example.org/callback"),
            ("redirect_uris[1]", "https://oauth.pstmn.io/v1/callback"),
        ];
        let page = format!("/registrations/{id}/redirect-uris");
        team.owner.fill(&page, "/api/save-redirect-uris", &uris).await.leads_to("/registrations/");
        let evidence = format!("/registrations/{id}/evidence/ods_code");
        let differs = "The evidence gives the ODS code A81001, and the organisation has X26.";
        for (code, is_there) in [("x26", false), ("A81001", true)] {
            let given = [("evidence[ods_code.code]", code)];
            team.owner.fill(&evidence, "/api/save-evidence", &given).await.leads_to("/registrations/");
            let check = team.owner.open(&format!("/registrations/{id}/check")).await.text();
            assert_eq!(check.contains(differs), is_there, "{code}: {check}");
        }
        let expected = ["ods-code-differs", "uri-shared-tool", "uri-test-host"];
        let review = read_alike_by_all(&world, &mut team, &mut admin, &expected).await;
        assert!(review.text().contains(differs), "{}", review.text());
    }
}

/// An organisation that passes for the NHS with the name and code of another one, and a registration with every warning
/// that the sandpit can give.
#[tokio::test]
async fn what_the_partner_reads_is_recorded_and_read_by_the_reviewer() {
    for world in [World::new().await, World::on_postgres().await] {
        let mut admin = world.admin("admin@nhs.example.com").await;
        let mut other = Team::assemble(&world, "alder").await;
        let named = [("name", "NHS England"), ("ods_code", "X26")];
        let rename = async |team: &mut Team| {
            let page = format!("/organisations/{}/edit", team.organisation);
            team.owner.fill(&page, "/api/change-organisation", &named).await.leads_to("/organisations/");
        };
        rename(&mut other).await;
        let uri = "https://portal.alder.example.com/callback";
        let theirs = Answers { name: "Ash Portal", key: &other.key.public.clone(), redirect_uri: uri, scopes: &[] };
        let registration = other.registration.clone();
        stage::fill_in(&mut other.owner, &registration, &theirs).await;
        other.submit().await.leads_to("/registrations/");

        let mut team = Team::assemble(&world, "birch").await;
        rename(&mut team).await;
        let key = team.key.public.clone();
        let again = stage::add_service(&mut team.owner, &team.organisation, "Second", "birch").await;
        let first = stage::start(&mut team.owner, &again, "sandpit").await;
        let answers = Answers { name: "Second", key: &key, redirect_uri: "https://second.example.org/cb", scopes: &[] };
        stage::fill_in(&mut team.owner, &first, &answers).await;
        stage::submit(&mut team.owner, &first).await.leads_to("/registrations/");

        let id = team.registration.clone();
        let answers = Answers { name: "Ash Porta1", key: &key, redirect_uri: uri, scopes: &[] };
        stage::fill_in(&mut team.owner, &id, &answers).await;
        let uris = [
            ("redirect_uris[0]", uri),
            ("redirect_uris[1]", "https://nhs-login.com/callback"),
            ("redirect_uris[2]", "https://clinic.azurewebsites.net/callback"),
        ];
        let page = format!("/registrations/{id}/redirect-uris");
        team.owner.fill(&page, "/api/save-redirect-uris", &uris).await.leads_to("/registrations/");

        let check = team.owner.open(&format!("/registrations/{id}/check")).await;
        assert!(
            !check.body.contains("Ash Portal") && !check.text().contains("approved automatically"),
            "{}",
            check.text()
        );
        let expected = [
            "key-reused",
            "look-alike-host",
            "look-alike-name",
            "ods-code-taken",
            "organisation-name-taken",
            "organisation-nhs",
            "uri-imitates",
            "uri-shared-domain",
        ];
        let review = read_alike_by_all(&world, &mut team, &mut admin, &expected).await;
        // The reviewer reads the domain by both sections of the list.
        assert!(review.text().contains("clinic.azurewebsites.net"), "{}", review.text());
        // And is told of the organisation where it is confirmed.
        let confirm = admin.open(&format!("/admin/organisations/{}/confirm", team.organisation)).await;
        assert!(confirm.text().contains("could be read as “NHS”"), "{}", confirm.text());
        let people = admin.open("/admin/people").await;
        assert!(!people.text().contains("A member of staff has this name"), "{}", people.text());
    }
}
