//! Tokens of an organisation: what there are, the form for one more, and one of them, with its secret while it is new.

use super::{overview::May, team::name};
use crate::{
    api::{
        context::portal,
        form::{Refused, refused},
        organisations,
        tokens::{new_token_page, secret, token_page, tokens_page, used},
    },
    islands::PrivateKeyGuard,
    pages::{
        frame::{Page, page, param},
        proof::proof,
    },
    reading::permissions::to_a_reader,
    ui::{
        Button, ButtonGroup, ButtonKind, Checkboxes, Choice, CodeBlock, EmptyState, Form, Hidden, LinkButton, Radios,
        SummaryList, SummaryRow, Table, TextInput, WarningText, cell, date_text, date_time_text,
    },
};
use domain::{
    actor::TokenScope,
    id::TokenId,
    organisation::{ApiToken, TOKEN_LIVES, may_write},
    policy::EnvironmentPolicy,
};
use leptos::prelude::*;
use std::collections::BTreeMap;
use store::read::OrganisationDetails;
use time::OffsetDateTime;
use usecases::{Fault, tokens::OrganisationToken};

/// `/organisations/:id/tokens`
#[component]
pub fn TokensPage() -> impl IntoView {
    page(async move {
        let details = organisations::organisation(&param("id")).await?;
        let used = used(details.organisation.id).await?;
        let writes = may_write(May::caller()?.actor(), details.organisation.id).is_ok();
        let portal = portal()?;
        Ok(tokens(&details, &used, writes, (portal.store.environments(), portal.auth.ambient.now())))
    })
}

fn tokens(
    details: &OrganisationDetails,
    used: &BTreeMap<TokenId, Option<OffsetDateTime>>,
    writes: bool,
    (environments, now): (&[EnvironmentPolicy], OffsetDateTime),
) -> Page {
    let organisation = &details.organisation;
    let mut tokens: Vec<_> = organisation.tokens.iter().collect();
    tokens.sort_by_key(|(_, one)| one.name.to_lowercase());
    let row = |(id, token): (&TokenId, &ApiToken)| {
        let page = token_page(OrganisationToken { organisation: organisation.id, id: *id });
        vec![
            cell(view! { <a href=page>{token.name.clone()}</a> }),
            cell(can(token.scope)),
            cell(in_environments(token, environments)),
            cell(name(details, token.holder)),
            cell(standing(token, used.contains_key(id), now)),
            cell(last_used(used.get(id).copied().flatten())),
        ]
    };
    let rows: Vec<_> = tokens.into_iter().map(row).collect();
    let new = new_token_page(organisation.id);
    let list = match (rows.is_empty(), writes) {
        (true, true) => {
            let text = "Make one for a program that works on your registrations, such as a deployment pipeline.";
            view! { <EmptyState heading="No tokens yet" text=text action="Make a token" href=new /> }.into_any()
        }
        (true, false) => {
            let text = "An owner or developer of the organisation can make the first one.";
            view! { <EmptyState heading="No tokens yet" text=text /> }.into_any()
        }
        (false, _) => {
            let columns = vec!["Name", "Can", "Environments", "Acts as", "Works", "Last used"];
            view! {
                {writes.then(|| view! { <LinkButton href=new>"Make a token"</LinkButton> })}
                <Table caption="Tokens" hide_caption=true columns=columns rows=rows />
            }
            .into_any()
        }
    };
    let body = view! {
        <p class="nhsuk-body">
            "A program uses a token to act in this portal as the person who made it. It can never do more than that person \
             can. If they leave the team, the token stops working."
        </p>
        {list}
    };
    of_tokens(format!("Tokens of {}", organisation.name), body, details, false)
}

/// What a token can do, in a few words.
fn can(scope: TokenScope) -> &'static str {
    match scope {
        TokenScope::Read => "Read",
        TokenScope::Draft => "Read and edit",
        TokenScope::Submit => "Read, edit and submit",
    }
}

/// The environments of a token by their titles, in their order; one that is no longer configured by its name.
fn in_environments(token: &ApiToken, environments: &[EnvironmentPolicy]) -> String {
    let known = environments.iter().filter(|policy| token.environments.contains(&policy.name));
    let gone = token.environments.iter().filter(|name| environments.iter().all(|policy| policy.name != **name));
    let titles: Vec<String> = known.map(|policy| policy.title.clone()).chain(gone.cloned()).collect();
    titles.join(", ")
}

/// `is_known`: whether its secret opens anything.
fn standing(token: &ApiToken, is_known: bool, now: OffsetDateTime) -> String {
    match token.lapsed_at {
        _ if token.is_expired(now) => format!("Expired on {}", date_time_text(token.until)),
        Some(at) => format!("Stopped on {}, because this person left or no longer edits", date_time_text(at)),
        None if !is_known => {
            "Stopped, because the password of this person was reset or the account was locked. End it, and make another.".into()
        }
        None => format!("Until {}", date_time_text(token.until)),
    }
}

fn last_used(at: Option<OffsetDateTime>) -> String {
    at.map_or_else(|| "Never".to_owned(), |at| date_text(at.date()))
}

/// `/organisations/:id/tokens/new`
#[component]
pub fn NewTokenPage() -> impl IntoView {
    page(async move {
        let details = organisations::organisation(&param("id")).await?;
        let may = May::caller()?;
        to_a_reader(may_write(may.actor(), details.organisation.id))?;
        let refused = refused(&new_token_page(details.organisation.id)).await;
        Ok(new_token(&details, portal()?.store.environments(), &refused, may.is_fresh()))
    })
}

fn new_token(
    details: &OrganisationDetails,
    environments: &[EnvironmentPolicy],
    refused: &Refused,
    fresh: bool,
) -> Page {
    let organisation = &details.organisation;
    let (id, back) = (organisation.id.to_string(), tokens_page(organisation.id));
    let is_ticked = |name: &str| refused.values.contains_key(&format!("environments[{name}]"));
    let environments = environments
        .iter()
        .map(|policy| Choice::new(policy.name.clone(), policy.title.clone()).chosen(is_ticked(&policy.name)))
        .collect();
    let days = refused.value("days", "");
    let life = |lasts: u16| {
        let word = if lasts == 365 { "1 year".to_owned() } else { format!("{lasts} days") };
        Choice::new(lasts.to_string(), word).chosen(days == lasts.to_string())
    };
    let (lives, proof) = (TOKEN_LIVES.into_iter().map(life).collect(), proof(fresh, refused));
    let (name, name_error) = (refused.value("name", ""), refused.at("name", ""));
    let scopes = scopes(&refused.value("scope", ""));
    let [scope_error, environment_error, days_error] =
        ["scope", "environments", "days"].map(|field| refused.at(field, ""));
    let body = view! {
        <p class="nhsuk-body">
            "The token acts as you, in this organisation only. It cannot manage the team, change your account, retire a \
             registration or report a leaked key. We email the owners that it was made."
        </p>
        <Form action="/api/make-token">
            <Hidden name="organisation" value=id />
            <TextInput
                name="name"
                label="Name"
                hint="What the token is for, for example deployment pipeline. It is shown beside your name in the history."
                value=name
                error=name_error
            />
            <Radios name="scope" legend="What can it do?" choices=scopes error=scope_error />
            <Checkboxes
                name="environments[]"
                legend="In which environments?"
                choices=environments
                error=environment_error
            />
            <Radios name="days" legend="When does it expire?" choices=lives error=days_error />
            {proof}
            <ButtonGroup>
                <Button>"Make token"</Button>
                <a class="nhsuk-link" href=back>"Cancel"</a>
            </ButtonGroup>
        </Form>
        <PrivateKeyGuard />
    };
    of_tokens("Make a token".into(), body, details, true).refused(refused)
}

fn scopes(chosen: &str) -> Vec<Choice> {
    let choice =
        |scope: TokenScope, hint: &str| Choice::new(scope.word(), can(scope)).hint(hint).chosen(chosen == scope.word());
    vec![
        choice(
            TokenScope::Read,
            "Services, registrations, and everything that happened in your organisation and its team.",
        ),
        choice(
            TokenScope::Draft,
            "Also start registrations, change drafts, prove possession of keys, and change services, which belong to all \
             environments.",
        ),
        choice(TokenScope::Submit, "Also submit revisions and withdraw them."),
    ]
}

/// `/organisations/:id/tokens/:token`
#[component]
pub fn TokenPage() -> impl IntoView {
    page(async move {
        let details = organisations::organisation(&param("id")).await?;
        let id: TokenId = param("token").parse().map_err(|_| Fault::NotFound)?;
        let token = OrganisationToken { organisation: details.organisation.id, id };
        let (may, refused) = (May::caller()?, refused(&token_page(token)).await);
        let Some(found) = details.organisation.tokens.get(&id) else { return Ok(gone(&details).refused(&refused)) };
        if let Some(secret) = secret(id).await? {
            return Ok(fresh_secret(&details, token, found, secret).refused(&refused));
        }
        let used = used(token.organisation).await?.get(&id).copied();
        let writes = may_write(may.actor(), token.organisation).is_ok();
        let portal = portal()?;
        let forms = writes.then(|| forms(token, found, portal.auth.ambient.now(), proof(may.is_fresh(), &refused)));
        let around = (portal.store.environments(), portal.auth.ambient.now());
        Ok(of_one(&details, (found, used), around, forms).refused(&refused))
    })
}

fn fresh_secret(details: &OrganisationDetails, token: OrganisationToken, found: &ApiToken, secret: String) -> Page {
    let body = view! {
        <p class="nhsuk-body">"Save this secret where your program reads its secrets. The program sends it as:"</p>
        <CodeBlock code=format!("Authorization: Bearer {secret}") about="secret" wrap=true />
        <WarningText heading="We only show this secret once">
            <p>"Anyone who has it can act as you in this organisation. If it may have leaked, end the token."</p>
        </WarningText>
        <Form action="/api/token-saved">
            <Hidden name="organisation" value=token.organisation.to_string() />
            <Hidden name="token" value=token.id.to_string() />
            <Button>"I have saved it"</Button>
        </Form>
    };
    of_tokens(format!("Secret of the token “{}”", found.name), body, details, true)
}

fn of_one(
    details: &OrganisationDetails,
    (token, used): (&ApiToken, Option<Option<OffsetDateTime>>),
    (environments, now): (&[EnvironmentPolicy], OffsetDateTime),
    forms: Option<impl IntoView + 'static>,
) -> Page {
    let maker = domain::actor::account_of(&token.made).map(|maker| name(details, maker)).unwrap_or_default();
    let rows = vec![
        SummaryRow::new("Can", can(token.scope)),
        SummaryRow::new("Environments", in_environments(token, environments)),
        SummaryRow::new("Made", format!("{} by {maker}", date_time_text(token.made.at))),
        SummaryRow::new("Acts as", name(details, token.holder)),
        SummaryRow::new("Works", standing(token, used.is_some(), now)),
        SummaryRow::new("Last used", last_used(used.flatten())),
    ];
    let body = view! { <SummaryList rows=rows /> {forms} };
    of_tokens(format!("Token “{}”", token.name), body, details, true)
}

fn forms(token: OrganisationToken, found: &ApiToken, now: OffsetDateTime, proof: AnyView) -> impl IntoView + use<> {
    let hidden = move || {
        view! {
            <Hidden name="organisation" value=token.organisation.to_string() />
            <Hidden name="token" value=token.id.to_string() />
        }
    };
    let can_be_taken_over = found.lapsed_at.is_some() && !found.is_expired(now);
    let take_over = can_be_taken_over.then(|| {
        view! {
            <h2 class="nhsuk-heading-m">"Take it over"</h2>
            <p class="nhsuk-body">
                "It works again, with a new secret, and acts as you. The secret before stays refused, because the person who \
                 left may know it. We show you the new one once. We email the owners."
            </p>
            <Form action="/api/take-token-over">
                {hidden()}
                {proof}
                <Button kind=ButtonKind::Secondary>"Take over"</Button>
            </Form>
        }
    });
    let back = tokens_page(token.organisation);
    view! {
        {take_over}
        <h2 class="nhsuk-heading-m">"End it"</h2>
        <p class="nhsuk-body">"It stops working immediately and for good. Programs that use it are refused."</p>
        <Form action="/api/end-token">
            {hidden()}
            <ButtonGroup>
                <Button kind=ButtonKind::Warning>"End token"</Button>
                <a class="nhsuk-link" href=back>"Cancel"</a>
            </ButtonGroup>
        </Form>
    }
}

/// In place of a token that was ended.
fn gone(details: &OrganisationDetails) -> Page {
    let tokens = tokens_page(details.organisation.id);
    let body = view! {
        <p class="nhsuk-body">"It was ended, or it expired some time ago."</p>
        <p class="nhsuk-body"><a href=tokens>"See the tokens that there are"</a></p>
    };
    of_tokens("This token no longer exists".into(), body, details, true)
}

fn of_tokens(title: String, body: impl IntoView + 'static, details: &OrganisationDetails, below: bool) -> Page {
    let organisation = &details.organisation;
    let page = Page::new(title, body)
        .acting_for(organisation.id, &organisation.name)
        .under("Home", "/home")
        .under(organisation.name.clone(), format!("/organisations/{}", organisation.id));
    match below {
        true => page.under("Tokens", tokens_page(organisation.id)),
        false => page.wide(),
    }
}
