"""The report as one page of HTML: what it says, and that it asks for nothing from outside."""

import re
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console

import policygen as pg
from policygen.api.verifying import html_report
from policygen.report.html import fact_link
from policygen.report.verification import print_report
from policygen.spec.load import load_spec_text
from tests.command import policygen
from tests.report.parsed import Page, check_alone
from tests.report.specs import broken_documents, hostile_spec

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "samples/two-destinations/spec.yaml"


def broken():
    """Return the report on broken documents, and its page."""
    spec = pg.load_spec(SPEC)
    return html_report(spec, broken_documents(spec))


def test_html_needs_nothing_from_outside():
    """The page loads nothing, and its policy names the hash of each style and script that it holds."""
    page = check_alone(broken()[1])
    assert {name: len(found) for name, found in page.inline.items()} == {"style": 2, "script": 1}


def test_html_says_everything():
    """The page holds the verdict, every document and every check, and what would mend what failed."""
    report, text = broken()
    assert not report.ok
    said = re.sub(r"\s+", " ", " ".join(Page(text).words))
    for check in report.checks:
        assert check.id in said
    for document in report.documents:
        assert str(document["path"]) in said
    assert f"{len(report.failures)} of {len(report.checks)} checks fail" in said
    assert "F4 kms:ViaService does not name S3 in the Region of the key and its bucket" in said
    assert "the request has s3.us-west-1.amazonaws.com" in said
    assert '"kms:ViaService": "s3.us-west-1.amazonaws.com"' in said
    _, good = html_report(pg.load_spec(SPEC))
    assert "What to mend" not in good
    assert re.search(r"✓ All \d+ checks hold", good)


def test_actions_required_are_told(capsys):
    """What somebody has to do beside the documents stands in the text and on the page, existing objects too."""
    text = SPEC.read_text(encoding="utf-8").replace("    rules:", "    existing_objects: copy\n    rules:", 1)
    spec = load_spec_text(text, str(SPEC))
    report, page = html_report(spec)
    causes = [check.cause for check in report.actions_required]
    assert causes == ["F22", "F20"]
    print_report(report, Console(width=400))
    lines = capsys.readouterr().out.splitlines()
    told = [line for line in lines if line.startswith("action required (")]
    assert [line[17:20] for line in told] == causes
    assert "Action required" in page
    said = re.sub(r"\s+", " ", " ".join(Page(page).words))
    assert all(check.title.replace("`", "") in said for check in report.actions_required)


def test_what_is_to_know_is_told(capsys):
    """What a rule leaves out stands with its fact, in HTML as in text: it is nothing to do."""
    report, page = html_report(pg.load_spec(SPEC.parents[1] / "excluded-prefix/spec.yaml"))
    print_report(report, Console(width=400))
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("to know")]
    assert line.startswith("to know (N2): rule data leaves out data/tmp/*, retention=short in the configuration alone")
    (item,) = re.findall(r"<li>(to know .*?)</li>", page, re.DOTALL)
    url = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRuleFilter.html"
    assert item.startswith(f'to know (N2): <a href="{url}"')


def test_what_failed_stands_first():
    """The verdict comes first, what to mend next, and failed checks head the list."""
    _, text = broken()
    parts = [text.index(f'{name}"') for name in ('class="verdict bad', 'id="mend', 'id="picture', 'id="documents')]
    assert parts == sorted(parts)
    states = re.findall(r'<li data-state="(\w+)"', text)
    assert states.index("holds") == states.count("fails") > 0


def test_a_missing_document_is_told():
    """A document that nobody wrote stands in the list, without a button that would copy nothing."""
    spec = pg.load_spec(SPEC)
    texts = broken_documents(spec)
    del texts["111122223333/s3/source/bucket-policy.json"]
    _, text = html_report(spec, texts)
    [place] = re.findall(
        r'<div class="document"(?:(?!</div>).)*s3/source/bucket-policy(?:(?!</div>).)*</div>', text, re.S
    )
    assert "missing" in place
    assert "<button" not in place


def test_names_cannot_break_out(tmp_path):
    """A spec whose names hold markup puts no element into the page."""
    spec = hostile_spec(tmp_path)
    for documents in (None, {}):
        _, text = html_report(spec, documents)
        page = Page(text)
        assert "img" not in page.tags
        assert page.tags.count("script") == 1
        assert page.handlers == []
        assert all(link.startswith(("#", "https://docs.aws.amazon.com/")) for link in page.links)
        assert "{{7+7}}" in " ".join(page.words)
        ElementTree.fromstring(text[text.index("<svg") : text.index("</svg>") + 6])  # our own text


def test_facts_lead_to_their_pages():
    """Every fact that a check of the samples rests on has a page of AWS's, every cause a sentence."""
    for path in sorted(ROOT.glob("samples/*/spec.yaml")):
        for check in pg.verify(pg.load_spec(path)).checks:
            for fact in check.facts:
                url = fact_link(fact).url
                assert url is not None, fact
                assert url.startswith("https://docs.aws.amazon.com/"), fact
            if check.cause:
                assert fact_link(check.cause).text, check.cause
    assert fact_link("X1").url is None


def test_command_line():
    """verify writes each form to standard output; the exit status stays the verdict's."""
    begins = {"html": "<!doctype html>", "mermaid": "flowchart LR", "svg": '<svg xmlns="http://www.w3.org/2000/svg"'}
    for form, first in begins.items():
        done = policygen("verify", SPEC, "--format", form)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(first)
