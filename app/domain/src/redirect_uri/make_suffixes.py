"""Writes icann_suffixes.txt from public_suffix_list.dat: the ICANN part alone, in A-labels, one line for each parent.

Usage: make_suffixes.py public_suffix_list.dat > icann_suffixes.txt
The list is inside the package `publicsuffixlist` of PyPI (`pip download publicsuffixlist --no-deps`, then unzip).
"""

import re
import sys


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

print("# The ICANN part of the Public Suffix List, version " + version + ", made by make_suffixes.py.")
print("# This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0.")
print("# Origin: https://publicsuffix.org/list/. Each line: a parent (. is the root), then what is a suffix below it;")
print("# * is any label, !label is an exception.")
for parent in sorted(children, key=lambda name: (name != ".", name.split(".")[::-1])):
    print(parent, *sorted(children[parent]))
