"""A page of HTML, read: what it asks for from outside, its elements, its links and its text."""

import base64
import hashlib
import html.parser
import re


class Page(html.parser.HTMLParser):
    """Collects what a page asks for from outside, its elements and its text."""

    def __init__(self, text):
        """Read a page."""
        super().__init__()
        self.outside, self.links, self.tags, self.handlers = [], [], [], []
        self.policy, self.words, self.inline = "", [], {"style": [], "script": []}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note addresses of things that a browser would load, links, and attributes that are scripts or styles."""
        found = dict(attrs)
        self.tags.append(tag)
        self.outside += [found[name] for name in ("src", "srcset") if name in found]
        if tag == "link":
            self.outside.append(found["href"])
        if tag == "a":
            self.links.append(found["href"])
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"]
        self.handlers += [name for name in found if name.startswith("on") or name == "style"]

    def handle_data(self, data):
        """Note text; that of styles and scripts apart."""
        self.inline.get(self.tags[-1] if self.tags else "", self.words).append(data)

    def handle_endtag(self, tag):
        """Text behind a style or script is the page's again."""
        if tag in self.inline:
            self.tags.append("")


def check_alone(text):
    """Check that a page loads nothing, and that its policy names each style and script that it holds; return it."""
    page = Page(text)
    assert page.outside == ["data:,"]
    assert page.handlers == []
    assert not re.search(r"url\((?!#)|@import", text)
    assert "default-src 'none'" in page.policy
    assert "unsafe" not in page.policy
    for name in ("style", "script"):
        for each in page.inline[name]:
            hashed = base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()
            assert f"'sha256-{hashed}'" in page.policy
    return page


def said(text):
    """Return what a page says, in one line."""
    return re.sub(r"\s+", " ", " ".join(Page(text).words))
