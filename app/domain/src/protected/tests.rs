use super::*;

#[test]
fn whole_words_are_meant() {
    let protected = Protected::nhs_login();
    for name in [
        "NHS App",
        "N.H.S.",
        "N H S",
        "nhs-login",
        "NHSApp",
        "MyNHS",
        "ɴʜꜱ App",
        "ⓃⒽⓈ",
        "🅽🅷🆂",
        "🇳🇭🇸",
        "ＮＨＳ",
        "NH5 login",
        "NHS England",
        "The National Health Service",
        "GOV.UK",
        "govuk sign in",
        "𝐍𝐇𝐒",
        "ŃĤŠ",
        "NНЅ",
        "ΝΗЅ",
        "₦Ⱨ₴",
        "几卄丂",
        "⠝⠓⠎",
    ] {
        assert!(protected.name_in(name).is_some(), "{name}");
    }
    for name in
        ["Manhshire Clinic", "Evergreen Life", "John H Smith", "Johnhsmith Dental", "Dr N H Singh", "Governor’s UK"]
    {
        assert_eq!(protected.name_in(name), None, "{name}");
    }
}

fn warned(text: &str) -> Option<String> {
    let uri = RedirectUri::parse(text, Default::default()).unwrap();
    Protected::nhs_login().host_warning(&uri).map(|warning| warning.message)
}

#[test]
fn a_host_is_read_as_people_read_it() {
    for text in [
        "https://login.nhs.uk.evil.com/cb",
        "https://nhs-login.com/cb",
        "https://x.login.nhs.uk/cb",
        "https://1ogin.nhs.uk/cb",
        "https://loign.nhs.uk/cb",
        "https://mynhs.example.org/cb",
        "https://n-h-s.example.org/cb",
        "https://nh5.example.org/cb",
        "https://gov.uk.example.org/cb",
    ] {
        assert!(warned(text).is_some(), "{text}");
    }
    for text in [
        "https://app.trust.nhs.uk/cb",
        "https://www.manhshire.co.uk/cb",
        "https://johnhsmith.co.uk/cb",
        "https://www.service.gov.uk/cb",
    ] {
        assert_eq!(warned(text), None, "{text}");
    }
}

#[test]
fn the_configured_issuers_are_refused() {
    let protected = Protected { issuers: vec!["id.example.org".into()], ..Protected::nhs_login() };
    let problem = |text: &str| protected.issuer_problem(&RedirectUri::parse(text, Default::default()).unwrap());
    assert_eq!(problem("https://id.example.org/cb").unwrap().name(), "uri-provider");
    assert_eq!(problem("https://app.id.example.org/cb"), None);
}

#[test]
fn one_slip_is_one() {
    for (one, other, expected) in [
        ("login.uk", "loign.uk", true),
        ("login.uk", "logn.uk", true),
        ("login.uk", "logiin.uk", true),
        ("login.uk", "lagin.uk", true),
        ("login.uk", "login.uk", false),
        ("login.uk", "lgoni.uk", false),
    ] {
        assert_eq!(is_one_slip_away(one, other), expected, "{other}");
    }
}
