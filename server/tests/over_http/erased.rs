//! After an erasure: no page fails, none shows the text, and what showed it says that something was erased (threat 12).

use crate::support::{Answer, Person, Team, World, clock, crawl, stage};
use domain::actor::StaffRole;
use std::collections::BTreeMap;
use store::{Moment, ToErase};

/// Invented, and in the reason of a scope, in a reviewer's comment, and in the description of a service.
const CANARY: &str = "quixvarn-9f86d081884c7d65";

/// What is on these pages is the working draft or its form: what was erased is simply not there any more.
const OF_THE_DRAFT: [&str; 3] = ["/registrations/:id/draft", "/registrations/:id/scopes", "/registrations/:id/check"];

async fn crawled(people: &mut [Person], team: &Team) -> Vec<BTreeMap<String, Answer>> {
    let own = format!("/registrations/{}", team.registration);
    let review = format!("/admin/reviews/{}", team.registration);
    let starts = ["/home", "/history", "/admin/queue", &own, &review];
    let mut found = Vec::new();
    for person in people {
        let pages = crawl::pages(person, &starts).await;
        found.push(pages.into_iter().map(|page| (page.address.clone(), page)).collect());
    }
    found
}

#[tokio::test]
async fn no_page_fails_after_an_erasure_and_each_says_so() {
    for world in [World::new().await, World::on_postgres().await] {
        let mut admin = world.admin("admin@nhs.example.com").await;
        let auditor = world.staff("auditor@nhs.example.com", StaffRole::Auditor).await;
        let mut team = Team::assemble(&world, "alder").await;
        let reason = format!("The record of the patient is found by it: {CANARY}.");
        team.fill_in(&[("profile", &reason)]).await;
        team.submit().await.leads_to("/registrations/");
        let said = [("comment", format!("What is {CANARY}?"))];
        let said = said.each_ref().map(|(name, value)| (*name, value.as_str()));
        let form = format!("/admin/reviews/{}/request-changes", team.registration);
        admin.fill(&form, "/api/request-changes", &said).await.leads_to("/admin/reviews/");
        let better = format!("The number of the patient is asked for: {CANARY}.");
        let registration = team.registration.clone();
        stage::save_scopes(&mut team.owner, &registration, &[("profile", &better)]).await.leads_to("/registrations/");
        team.submit().await.leads_to("/registrations/");

        let mut people = [team.owner.clone(), team.viewer.clone(), admin, auditor];
        let before = crawled(&mut people, &team).await;
        let moment = Moment::new(clock::now(), [5; 32]);
        let what = ToErase::Text(CANARY.into());
        let report = world.store.erase_text(&moment, &what, "A secret was pasted.", true).await.unwrap();
        assert!(report.left.is_empty() && report.places.len() > 4, "{report:?}");
        let after = crawled(&mut people, &team).await;

        let mut silent: Vec<&str> = Vec::new();
        for (before, after) in before.iter().zip(&after) {
            for (address, page) in after {
                assert!(!page.status.is_server_error(), "{} answers {}", page.address, page.status);
                assert!(!page.body.contains("quixvarn"), "{address} still shows it");
            }
            let shown: Vec<&String> =
                before.iter().filter(|(_, page)| page.body.contains(CANARY)).map(|(address, _)| address).collect();
            assert!(shown.len() > 3, "{shown:?}");
            for address in shown {
                let page = after.get(address).unwrap_or_else(|| panic!("{address} is gone"));
                assert_eq!(page.status, 200, "{address}");
                let says = page.body.to_lowercase().contains("erased");
                if !says && !OF_THE_DRAFT.contains(&crawl::kind_of(address).as_str()) {
                    silent.push(address);
                }
            }
        }
        assert!(silent.is_empty(), "{silent:?} do not say that a text was erased");
    }
}
