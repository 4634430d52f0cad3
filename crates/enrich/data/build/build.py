#!/usr/bin/env python3
"""Builds ../registry.tsv and ../mcc.tsv from their sources and our own tables beside them.

    npm pack name-suggestion-index@8.0.20260918
    pip download --no-deps iso18245==1.4.1
    python3 build.py name-suggestion-index-8.0.20260918.tgz iso18245-1.4.1-py3-none-any.whl

Python 3, standard library. The same inputs give the same bytes.
"""
import csv
import hashlib
import io
import json
import re
import sys
import tarfile
import unicodedata
import zipfile
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent
# Sources: what they must be, so that a rebuild is a rebuild.
NSI_SHA256 = "3ee22f0f0a99528ac9c65a57211575defd968e21fd6374e746bfd02e94422121"
ISO_SHA256 = "07fcac02b22044e5f188a7683684f2166900a36d39119eb6ca0f4ef5f0df5772"
# Brands of these countries are taken, and those of the whole world.
COUNTRIES = {"us", "conus", "ca", "mx", "gb"}
WORLD = "001"
# The strength of a pattern: it counts anywhere, at the start, or at the start and with something that confirms it.
ANYWHERE, START, WEAK = "A", "B", "C"
# A single word of at most so many letters is WEAK, and START, respectively.
WEAK_LETTERS, START_LETTERS = 4, 6


def checked(path, sha256):
    content = Path(path).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        sys.exit(f"{path}: SHA-256 is {found}, not {sha256}")
    return content


def rows(name):
    """Rows of one of our tables: fields between tabs; comments and empty lines are left out."""
    for number, line in enumerate((DATA / name).read_text(encoding="utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            yield number, [field.strip() for field in line.split("\t")]


def fold(text):
    """The words of a text, as the program folds them (`enrich::fold`)."""
    text = unicodedata.normalize("NFKC", text).upper().lower()
    text = unicodedata.normalize("NFKD", text)
    text = re.sub("['\u2019`\u00b4]", "", text)
    text = "".join(c for c in text if not unicodedata.category(c).startswith("M"))
    text = text.replace("&", " and ").replace("+", " plus ")
    text = "".join(c if c.isalnum() else " " for c in text)
    # A long number that hangs on a word is a store's, and no part of the word.
    text = re.sub(r"([^\W\d_])(?=[0-9]{4})", r"\1 ", text)
    return " ".join(text.split())


def is_taken(location_set):
    def fits(place):
        return isinstance(place, str) and (place == WORLD or re.split(r"[.-]", place.lower())[0] in COUNTRIES)

    return any(fits(place) for place in location_set.get("include", []))


def strength(pattern, ambiguous):
    words = pattern.split()
    letters = sum(map(len, words))
    if len(words) == 1:
        if letters <= WEAK_LETTERS or pattern in ambiguous or pattern.isdigit():
            return WEAK
        return START if letters <= START_LETTERS else ANYWHERE
    if all(word in ambiguous or len(word) <= 2 for word in words) or letters <= START_LETTERS:
        return START
    return ANYWHERE


def variants(pattern):
    # P.F. Chang's is PF CHANGS, U.S. Bank is US BANK.
    yield re.sub(r"\b([a-z]) (?=[a-z]\b)", r"\1", pattern)
    if pattern.endswith(" credit union"):
        short = pattern.removesuffix(" credit union")
        yield short + " cu"
        yield short.removesuffix(" federal") + " fcu"
    for ending in (" company", " restaurant", " supermarket", " supermarkets", " stores"):
        if pattern.endswith(ending) and " " in pattern.removesuffix(ending):
            yield pattern.removesuffix(ending)


class Registry:
    def __init__(self, ambiguous, categories):
        self.ambiguous = ambiguous
        self.categories = categories
        self.merchants = {}
        self.owner = {}

    def merchant(self, name, category, credit="", marks="", website=""):
        if category != "-" and category not in self.categories or credit and credit not in self.categories:
            sys.exit(f"{name}: no category {category} {credit}")
        return self.merchants.setdefault(
            name,
            {"category": category, "credit": credit, "marks": marks, "website": website, "patterns": {}},
        )

    def pattern(self, name, text, given=None):
        """The first merchant that claims a pattern has it."""
        pattern = fold(text)
        if not pattern or self.owner.setdefault(pattern, name) != name:
            return
        known = self.merchants[name]["patterns"]
        if given or pattern not in known:
            known[pattern] = given or strength(pattern, self.ambiguous)

    def add_aliases(self):
        aliases = []
        for number, fields in rows("aliases.tsv"):
            patterns, name, category, marks = (fields + ["", "", ""])[:4]
            marks = marks.split()
            unknown = [m for m in marks if m not in ("start", "weak", "payment", "subscription", "advance") and not m.startswith("credit=")]
            if not name or not category or unknown:
                sys.exit(f"aliases.tsv:{number}: {fields}")
            credit = next((m[len("credit="):] for m in marks if m.startswith("credit=")), "")
            kept = " ".join(m for m in marks if m in ("payment", "subscription", "advance"))
            given = WEAK if "weak" in marks else START if "start" in marks else ANYWHERE
            self.merchant(name, category, credit, kept)
            aliases.append((name, [p.strip() for p in patterns.split("|")], given))
        # A merchant's own name is its own, whatever others are called by.
        for name, patterns, given in aliases:
            own = fold(name)
            self.pattern(name, name, given if own in map(fold, patterns) else None)
        for name, patterns, given in aliases:
            for text in patterns:
                self.pattern(name, text, given)

    def add_brands(self, index, websites):
        kinds = [fields for _, fields in rows("nsi_categories.tsv")]
        missing = [kind for kind, _ in kinds if kind not in index]
        if missing:
            print("kinds without brands:", " ".join(missing), file=sys.stderr)
        brands = []
        for kind, category in kinds:
            for item in index.get(kind, {"items": []})["items"]:
                tags = item["tags"]
                name = tags.get("name:en") or tags.get("brand:en") or tags.get("name") or tags.get("brand")
                name = " ".join((name or item["displayName"]).split())
                # Patterns are of the letters that cards are embossed with.
                if not is_taken(item["locationSet"]) or not re.search("[a-z]{2}", fold(name)):
                    continue
                own = self.owner.get(fold(name), name)
                website = websites.get(tags.get("brand:wikidata") or tags.get("operator:wikidata"), "")
                merchant = self.merchant(own, category, website=website)
                merchant["website"] = merchant["website"] or website
                self.pattern(own, name)
                brands.append((own, item, tags))
        for name, item, tags in brands:
            others = [tags.get("brand"), tags.get("short_name"), tags.get("brand:short"), tags.get("alt_name")]
            for text in others + item.get("matchNames", []):
                for part in (text or "").split(";"):
                    pattern = fold(part)
                    if len(pattern) > 2 and re.search("[a-z]{2}", pattern):
                        self.pattern(name, part)

    def add_variants(self):
        """What banks make of names; nobody's name or alias is taken for it."""
        for name in sorted(self.merchants):
            for pattern, given in sorted(self.merchants[name]["patterns"].items()):
                for variant in variants(pattern):
                    if variant not in self.owner:
                        self.pattern(name, variant, max(given, strength(variant, self.ambiguous)))

    def write(self, path):
        lines = [
            "# Generated by build/build.py; not to be edited. Sources: Name Suggestion Index 8.0.20260918 (BSD-3-Clause, see",
            "# LICENSE.name-suggestion-index) and our own aliases.tsv.",
            "# Merchant, category, category of credits, marks, website, patterns (A anywhere, B at the start, C weak).",
        ]
        for name, m in sorted(self.merchants.items()):
            if m["patterns"]:
                patterns = "|".join(s + p for p, s in sorted(m["patterns"].items()))
                lines.append("\t".join([name, m["category"], m["credit"], m["marks"], m["website"], patterns]))
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{path.name}: {len(lines) - 3} merchants, {len(self.owner)} patterns, {path.stat().st_size} bytes")


def write_codes(path, official, categories):
    table = []
    for number, (first, last, category) in rows("mcc_categories.tsv"):
        if category not in categories or first > last:
            sys.exit(f"mcc_categories.tsv:{number}: {category}")
        table.append((int(last) - int(first), first, last, category))
    table.sort()

    def category_of(code):
        return next((c for _, first, last, c in table if first <= code <= last), None)

    lines = [
        "# Generated by build/build.py; not to be edited. Sources: iso18245 1.4.1 (MIT, see LICENSE.iso18245) and our own",
        "# mcc_categories.tsv.",
        "# First code, last code, category, name.",
    ]
    codes = {code: (code, category_of(code), name) for code, name in official.items() if category_of(code)}
    for _, first, last, category in table:
        # Of rows without official codes: the networks' own, such as one code for each airline.
        if not any(first <= code <= last for code in official):
            codes[first] = (last, category, "")
    for first, (last, category, name) in sorted(codes.items()):
        lines.append("\t".join([first, last, category, name]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path.name}: {len(codes)} rows, {path.stat().st_size} bytes")


def main(nsi_path, iso_path):
    table = (DATA / "../../domain/src/category/table.rs").read_text(encoding="utf-8")
    categories = set(re.findall(r'row\(\d+, 0x[0-9a-f]+, "([^"]+)"', table))
    words = [line for line in (DATA / "ambiguous.txt").read_text().splitlines() if not line.startswith("#")]
    ambiguous = set(" ".join(words).split())
    with tarfile.open(fileobj=io.BytesIO(checked(nsi_path, NSI_SHA256))) as package:
        def read(name):
            return package.extractfile(f"package/{name}").read()

        index = json.loads(read("dist/json/nsi.min.json"))["nsi"]
        wikidata = json.loads(read("dist/wikidata/wikidata.min.json"))["wikidata"]
        (DATA / "LICENSE.name-suggestion-index").write_bytes(read("LICENSE.md"))
    websites = {q: facts["officialWebsites"][0] for q, facts in wikidata.items() if facts.get("officialWebsites")}
    registry = Registry(ambiguous, categories)
    registry.add_aliases()
    registry.add_brands(index, websites)
    registry.add_variants()
    registry.write(DATA / "registry.tsv")
    with zipfile.ZipFile(io.BytesIO(checked(iso_path, ISO_SHA256))) as wheel:
        listed = wheel.read("iso18245/data/iso18245_official_list.csv").decode()
        (DATA / "LICENSE.iso18245").write_bytes(wheel.read("iso18245-1.4.1.dist-info/LICENSE"))
    official = {row["MCC"]: row["DESCRIPTION"] for row in csv.DictReader(io.StringIO(listed))}
    write_codes(DATA / "mcc.tsv", official, categories)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
