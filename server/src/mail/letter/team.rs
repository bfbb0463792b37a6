//! Mails about a team: who is in it, who owns the organisation, who wants in.

use super::{Invited, Link};
use crate::mail::render::{Part, Rendered};
use domain::actor::TeamRole;

pub(super) fn team_role_changed(name: &str, role: TeamRole, link: &Link) -> Rendered {
    let now = match role {
        TeamRole::Owner => {
            "You are now an owner: you can manage the team, and edit, submit, withdraw and retire its registrations."
        }
        TeamRole::Developer => "You are now a developer: you can edit, submit and withdraw its registrations.",
        TeamRole::Viewer => "You are now a viewer: you can see its services and registrations, but not change them.",
    };
    Rendered::new(
        "Your role in a team has changed",
        vec![
            Part::text(format!("An owner of the organisation “{name}” changed your role in its team.")),
            Part::text(now),
            Part::link("See the team", link),
        ],
    )
}

pub(super) fn removed_from_team(name: &str, link: &Link) -> Rendered {
    Rendered::new(
        "You have been removed from a team",
        vec![
            Part::text(format!(
                "An owner of the organisation “{name}” removed you from its team. You can no longer see its services and \
                 registrations."
            )),
            Part::text("If you think this is a mistake, speak to an owner of the organisation."),
            Part::link("Go to your home page", link),
        ],
    )
}

pub(super) fn member_left(name: &str, link: &Link) -> Rendered {
    Rendered::new(
        "Someone has left your team",
        vec![
            Part::text(format!(
                "Someone left the team of the organisation “{name}”. They can no longer see its services and registrations."
            )),
            Part::link("See the team", link),
        ],
    )
}

pub(super) fn owner_added(name: &str, link: &Link) -> Rendered {
    Rendered::new(
        "Your organisation has another owner",
        vec![
            Part::text(format!("An owner of the organisation “{name}” made someone else in its team an owner too.")),
            Part::text("If your team did not mean to do this, change the role back and tell the NHS login team."),
            Part::link("See the team", link),
        ],
    )
}

pub(super) fn team_invitation(invited: &Invited) -> Rendered {
    let Invited { by, organisation, role, until, has_account, link } = invited;
    let team = match organisation {
        Some(name) => format!("the team of the organisation “{name}”"),
        None => "the team of their organisation".to_owned(),
    };
    let by = by.clone().unwrap_or_else(|| "The person who runs the portal".to_owned());
    let how = match has_account {
        true => "Open this page and sign in with this email address to accept or decline.",
        false => {
            "Open this page to see who invites you, create your account and join. The link works once. Do not forward this \
             email: whoever has the link can use it."
        }
    };
    Rendered::new(
        "You have been invited to a team",
        vec![
            Part::text(format!(
                "{by} invites you to join {team} as {}. The team registers clients with NHS login in this portal.",
                role.with_article()
            )),
            Part::text(format!("{how} You can accept until {}.", app::ui::date_time_text(*until))),
            Part::link("See the invitation", link),
            Part::text(
                "If you did not expect this, decline on that page, or ignore this email. Nothing happens unless you accept.",
            ),
        ],
    )
}

pub(super) fn member_joined(name: &str, role: TeamRole, link: &Link) -> Rendered {
    Rendered::new(
        "Someone has joined your team",
        vec![
            Part::text(format!(
                "Someone has joined the team of the organisation “{name}”, as {}. An owner invited them, or let them in when \
                 they asked.",
                role.with_article()
            )),
            Part::text("If you do not recognise this person, remove them from the team and tell the NHS login team."),
            Part::link("See the team", link),
        ],
    )
}

pub(super) fn invitation_declined(name: &str, link: &Link) -> Rendered {
    Rendered::new(
        "Your invitation was declined",
        vec![
            Part::text(format!("Someone declined your invitation to the team of the organisation “{name}”.")),
            Part::link("See the team", link),
        ],
    )
}

pub(super) fn ownership_offered(name: &str, link: &Link) -> Rendered {
    Rendered::new(
        "You have been asked to become an owner",
        vec![
            Part::text(format!(
                "An owner of the organisation “{name}” asks you to take over from them. If you accept, you become an owner and \
                 they become a developer. You have 7 days to answer."
            )),
            Part::link("Accept or decline", link),
        ],
    )
}

pub(super) fn ownership_handed_over(name: &str, link: &Link) -> Rendered {
    Rendered::new(
        "Your organisation has a new owner",
        vec![
            Part::text(format!(
                "Someone in the team of the organisation “{name}” took over from an owner, who asked them to and is now a \
                 developer."
            )),
            Part::text("If your team did not mean to do this, tell the NHS login team."),
            Part::link("See the team", link),
        ],
    )
}

pub(super) fn ownership_declined(name: &str, link: &Link) -> Rendered {
    Rendered::new(
        "Nobody has taken over from you",
        vec![
            Part::text(format!(
                "You asked someone to take over from you as an owner of the organisation “{name}”. They declined, so nothing \
                 has changed."
            )),
            Part::link("See the team", link),
        ],
    )
}

pub(super) fn token_made(name: &str, link: &Link) -> Rendered {
    Rendered::new(
        "Your organisation has a new token",
        vec![
            Part::text(format!(
                "Someone in the team of the organisation “{name}” made a token, or took one over. A program can use it to \
                 act as them in this portal."
            )),
            Part::text("If your team did not mean to do this, end the token and tell the NHS login team."),
            Part::link("See the tokens", link),
        ],
    )
}

pub(super) fn join_asked(name: &str, link: &Link) -> Rendered {
    Rendered::new(
        "Someone has asked to join your team",
        vec![
            Part::text(format!("Someone has asked to join the team of the organisation “{name}”.")),
            Part::text(
                "Let them in only if you know them. If no owner signs in for 7 days, NHS login can answer for you.",
            ),
            Part::link("See the request", link),
        ],
    )
}

/// The team that somebody asked to join: by name only once an admin has confirmed the organisation.
fn asked_team(name: &str) -> String {
    match name {
        "" => "the team that you asked to join".to_owned(),
        name => format!("the team of the organisation “{name}”"),
    }
}

pub(super) fn join_agreed(name: &str, role: TeamRole, link: &Link) -> Rendered {
    let team = asked_team(name);
    Rendered::new(
        "You have joined a team",
        vec![
            Part::text(format!("Your request was accepted. You are now in {team}, as {}.", role.with_article())),
            Part::link("See the organisation", link),
        ],
    )
}

pub(super) fn join_declined(name: &str, link: &Link) -> Rendered {
    Rendered::new(
        "Your request to join a team was declined",
        vec![
            Part::text(format!("An owner declined your request to join {}.", asked_team(name))),
            Part::text("If you think this is a mistake, speak to them. You can ask again after 30 days."),
            Part::link("Go to your home page", link),
        ],
    )
}

pub(super) fn join_refused(name: &str, link: &Link) -> Rendered {
    Rendered::new(
        "Your request to join a team was declined",
        vec![
            Part::text(format!(
                "No owner could answer your request to join {}. NHS login answered in their place, and declined it.",
                asked_team(name)
            )),
            Part::text("If you think this is a mistake, contact us. You can ask again after 30 days."),
            Part::link("Go to your home page", link),
        ],
    )
}

pub(super) fn join_decided(name: &str, link: &Link) -> Rendered {
    Rendered::new(
        "NHS login answered a request to join your team",
        vec![
            Part::text(format!(
                "Someone asked to join the team of the organisation “{name}”, and no owner answered. An NHS login admin \
                 answered in your place. The history says who asked, what the answer was, and why."
            )),
            Part::text("If you do not recognise someone in the team, remove them and tell the NHS login team."),
            Part::link("See the team", link),
        ],
    )
}
