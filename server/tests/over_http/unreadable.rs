//! What is stored and cannot be read: its page is an error that says so, as trying again mends nothing.

use crate::support::{Team, World};
use http::StatusCode;
use sea_orm::ConnectionTrait;

#[tokio::test]
async fn what_cannot_be_read_is_told_so_with_a_reference() {
    let world = World::new().await;
    let mut team = Team::assemble(&world, "alder").await;
    let address = format!("/registrations/{}", team.registration);
    let broken = format!("UPDATE registrations SET state = '{{}}' WHERE id = '{}'", team.registration);
    world.store.connection().execute_unprepared(&broken).await.unwrap();
    let page = team.owner.get(&address).await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    let text = page.text();
    for expected in ["Something that is stored cannot be read.", "Tell the team that runs this portal.", "reference:"] {
        assert!(text.contains(expected), "{expected} is missing in {text}");
    }
    assert!(!text.contains("Try again"), "{text}");
}
