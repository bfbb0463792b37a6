use super::*;

fn canonical_of(text: &str) -> String {
    canonical(&serde_json::from_str(text).unwrap())
}

/// RFC 8785, 3.2.2: the sample object and its serialisation.
#[test]
fn the_bytes_are_those_of_the_rfcs_sample() {
    let input = r#"{
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"#;
    let output = concat!(
        r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B"#,
        r#"\"\\\\\"/"}"#
    );
    assert_eq!(canonical_of(input), output);
}

/// RFC 8785, 3.2.3: names are sorted by UTF-16 code units, so that an emoji comes before U+FB33.
#[test]
fn names_are_sorted_as_the_rfc_sorts_them() {
    let input = r#"{
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\ud83d\ude00": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis"
    }"#;
    let output = concat!(
        r#"{"\r":"Carriage Return","1":"One","#,
        "\"\u{80}\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",",
        "\"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
    );
    assert_eq!(canonical_of(input), output);
}

/// Every control and the letters around them, as ECMAScript's JSON.stringify writes them (RFC 8785, 3.2.2.2).
#[test]
fn strings_are_escaped_as_the_rfc_escapes_them() {
    for code in 0..0x20_u32 {
        let written = match code {
            8 => r"\b".to_owned(),
            9 => r"\t".to_owned(),
            10 => r"\n".to_owned(),
            12 => r"\f".to_owned(),
            13 => r"\r".to_owned(),
            other => format!("\\u{other:04x}"),
        };
        let text = char::from_u32(code).unwrap().to_string();
        assert_eq!(canonical(&json!(text)), format!("\"{written}\""));
    }
    for text in ["\u{7f}\u{80}\u{2028}\u{2029}\u{feff}", "é", "e\u{301}", "\u{1f469}\u{200d}\u{1f52c}", "'</script>&"]
    {
        assert_eq!(canonical(&json!(text)), format!("\"{text}\""), "neither escaped nor normalised");
    }
}
