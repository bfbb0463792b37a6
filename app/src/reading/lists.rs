//! What the lists of staff ask for: read from the address bar, by the page and by its download alike.

use super::asked::environment;
use domain::{policy::EnvironmentPolicy, registration::ClientState};
use store::read::{ClientFilter, PublicationFilter, PublicationState, QueueFilter};

/// What the queue of reviews is asked for, by the names of the inputs.
#[derive(Clone, Debug, Default)]
pub struct QueueAsked {
    pub(crate) environment: String,
    pub(crate) restricted: String,
    pub(crate) search: String,
    pub(crate) order: String,
}

impl QueueAsked {
    /// Reads each input by its name.
    pub fn read(of: impl Fn(&str) -> String) -> Self {
        Self { environment: of("environment"), restricted: of("restricted"), search: of("search"), order: of("order") }
    }

    /// The inputs again, by their names.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        vec![
            ("environment", self.environment.clone()),
            ("restricted", self.restricted.clone()),
            ("search", self.search.clone()),
            ("order", self.order.clone()),
        ]
    }

    /// The filter. What it does not know restricts nothing.
    pub fn filter(&self, environments: &[EnvironmentPolicy]) -> QueueFilter {
        QueueFilter {
            environment: environment(&self.environment, environments),
            restricted_only: self.restricted == "only",
            search: self.search.clone(),
            newest_first: self.order == "newest",
        }
    }
}

/// What the list of clients is asked for.
#[derive(Clone, Debug, Default)]
pub struct ClientsAsked {
    pub(crate) search: String,
    pub(crate) environment: String,
    pub(crate) state: String,
}

impl ClientsAsked {
    /// Reads each input by its name.
    pub fn read(of: impl Fn(&str) -> String) -> Self {
        Self { search: of("search"), environment: of("environment"), state: of("state") }
    }

    /// The inputs again, by their names.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        vec![("search", self.search.clone()), ("environment", self.environment.clone()), ("state", self.state.clone())]
    }

    /// The filter. What it does not know restricts nothing.
    pub fn filter(&self, environments: &[EnvironmentPolicy]) -> ClientFilter {
        let state = match self.state.as_str() {
            "pending" => Some(ClientState::Pending),
            "published" => Some(ClientState::Published),
            "suspended" => Some(ClientState::Suspended),
            "retired" => Some(ClientState::Retired),
            _ => None,
        };
        ClientFilter {
            environment: environment(&self.environment, environments),
            state,
            failed_only: self.state == "failed",
            search: self.search.clone(),
        }
    }
}

/// What the list of publications is asked for.
#[derive(Clone, Debug, Default)]
pub struct PublicationsAsked {
    pub(crate) search: String,
    pub(crate) environment: String,
    pub(crate) state: String,
}

impl PublicationsAsked {
    /// Reads each input by its name.
    pub fn read(of: impl Fn(&str) -> String) -> Self {
        Self { search: of("search"), environment: of("environment"), state: of("state") }
    }

    /// The inputs again, by their names.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        vec![("search", self.search.clone()), ("environment", self.environment.clone()), ("state", self.state.clone())]
    }

    /// The filter. What it does not know restricts nothing.
    pub fn filter(&self, environments: &[EnvironmentPolicy]) -> PublicationFilter {
        let state = match self.state.as_str() {
            "failing" => Some(PublicationState::Failing),
            "pending" => Some(PublicationState::Pending),
            "confirmed" => Some(PublicationState::Done),
            _ => None,
        };
        PublicationFilter {
            environment: environment(&self.environment, environments),
            state,
            search: self.search.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_become_filters() {
        let clients = |state: &str| ClientsAsked { state: state.into(), ..ClientsAsked::default() }.filter(&[]);
        assert_eq!(clients("suspended").state, Some(ClientState::Suspended));
        assert!(clients("failed").failed_only);
        assert_eq!(clients("nonsense"), ClientFilter::default());
        let publications = |state: &str| PublicationsAsked { state: state.into(), ..Default::default() }.filter(&[]);
        assert_eq!(publications("failing").state, Some(PublicationState::Failing));
        assert_eq!(publications("nonsense"), PublicationFilter::default());
    }
}
