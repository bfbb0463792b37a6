"""Writes icann_suffixes.txt from public_suffix_list.dat: what the browser gets of the ICANN part, in A-labels, one line for
each parent: the top-level domains, all of .uk, and the top-level names that are no suffixes themselves but have some below
them. The server has the whole list from the crate `psl`; make this again when that is updated.

Usage: make_suffixes.py public_suffix_list.dat
The list is inside the package `publicsuffixlist` of PyPI (`pip download publicsuffixlist --no-deps`, then unzip).
"""

import re
import sys
from pathlib import Path


def ascii_label(label):
    return label if label.isascii() else "xn--" + label.encode("punycode").decode()


text = open(sys.argv[1], encoding="utf-8").read()
version = re.search(r"// VERSION: (\S+)", text).group(1)
icann = text.split("// ===BEGIN ICANN DOMAINS===")[1].split("// ===END ICANN DOMAINS===")[0]
children = {}
for line in icann.splitlines():
    rule = line.strip()
    if not rule or rule.startswith("//"):
        continue
    exception = rule.startswith("!")
    labels = [ascii_label(label) for label in rule.lstrip("!").split(".")]
    parent = ".".join(labels[1:]) or "."
    children.setdefault(parent, set()).add(("!" if exception else "") + labels[0])


# An exception is more than the browser needs: there, all below its parent are registrable.
for parent in [parent for parent in children if any(child.startswith("!") for child in children[parent])]:
    del children[parent]
    if "." not in parent:
        children["."].add(parent)


def is_for_browser(parent):
    return parent in (".", "uk") or parent.endswith(".uk") or ("." not in parent and parent not in children["."])


with open(Path(__file__).with_name("icann_suffixes.txt"), "w", encoding="ascii", newline="\n") as file:
    print(f"# What browsers get of the ICANN part of the Public Suffix List, version {version},", file=file)
    print("# made by make_suffixes.py. This Source Code Form is subject to the terms of the Mozilla Public License,", file=file)
    print("# v. 2.0. Origin: https://publicsuffix.org/list/. Each line: a parent (. is the root), then what is a suffix", file=file)
    print("# below it; * is any label.", file=file)
    for parent in sorted(filter(is_for_browser, children), key=lambda name: (name != ".", name.split(".")[::-1])):
        print(parent, *sorted(children[parent]), file=file)
