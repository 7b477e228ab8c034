"""A replay as one page of HTML: what it says, that it asks for nothing from outside, and that names stay text."""

import doctest
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from policygen.errors import Place, Problem
from policygen.replay.result import Agreement, Change, NotKnown, Replayed
from policygen.report import page as page_module
from policygen.report import replay_html as module
from policygen.report.replay_html import Asked, replay_html
from tests.command import policygen
from tests.report.browser import CHROMIUM
from tests.report.parsed import Page, check_alone, said

GOLDEN = Path(__file__).parent / "replay.html"
RUN = (
    "docs/replay/events.json",
    "--environment",
    "docs/replay/account.yaml",
    "--attach",
    "docs/replay/scp.json",
    "--to",
    "ou-ab12-34cd56ef",
)
ASKED = Asked(events=["AWSLogs/"], policies=["account/"])
HOSTILE = "<img src=x onerror=hacked()><script>hacked()</script>\"'>{{7+7}}</title></style>`<b>`"
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="needs a browser: apt-get install chromium")


def change(number=1, **fields):
    """Return a change of some role's calls."""
    told = {
        "principal": f"arn:aws:iam::111122223333:role/app-{number}",
        "action": "s3:PutObject",
        "count": 3,
        "first": "2026-11-03T08:00:00Z",
        "last": "2026-11-20T08:00:00Z",
        "example": f"event-{number}",
        "reason": "explicit deny in a service control policy: `Office` of scp.json",
        "statement": "scp.json Office",
    }
    return Change(**(told | fields))


def replayed(**fields):
    """Return what a replay found of ten calls of November."""
    told = {
        "events": 10,
        "unchanged": 10,
        "undecided": 0,
        "breaks": (),
        "opens": (),
        "unknown": (),
        "agreement": Agreement(compared=0, same=0),
        "files": 2,
        "first": "2026-11-01T00:00:00Z",
        "last": "2026-11-30T00:00:00Z",
    }
    return Replayed(**(told | fields))


def shown(asked=ASKED, problems=(), **fields):
    """Return the page of such a replay; ``problems`` are those of the policies."""
    return replay_html(replayed(**fields), asked, problems)


def without_style(text):
    """Return a page without its style, and without the hash of it."""
    text = re.sub(r"<style>.*</style>", "<style>…</style>", text, flags=re.S)
    return re.sub(r"sha256-[\w+/=]+", "sha256-…", text)


def test_the_page(update_golden):
    """The page of the documentation's replay is the golden one, whether it is printed or written to a file."""
    done = policygen("replay", *RUN, "--format", "html")
    if update_golden:
        GOLDEN.write_text(without_style(done.stdout), encoding="utf-8")
    assert (done.returncode, done.stderr) == (1, "")
    assert without_style(done.stdout) == GOLDEN.read_text(encoding="utf-8")


def test_a_file(tmp_path):
    """``-o`` holds the same, and the figures are said beside."""
    target = tmp_path / "deeper" / "report.html"
    done = policygen("replay", *RUN, "--format", "html", "-o", target)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{target}: 6 events: 2 break, 0 open, 3 unchanged, 1 not known\n"
    assert without_style(target.read_text(encoding="utf-8")) == GOLDEN.read_text(encoding="utf-8")


def test_it_needs_nothing_from_outside():
    """The page loads nothing, has no script, and its policy allows its own style alone."""
    page = check_alone(policygen("replay", *RUN, "--format", "html").stdout)
    assert {name: len(found) for name, found in page.inline.items()} == {"style": 1, "script": 0}
    assert "script-src" not in page.policy


def test_what_was_asked_stands_at_the_top():
    """Calls, policies, what was attached where, and what was compared, in how many files, from when to when."""
    asked = Asked(events=["a/", "b.json"], policies=["new/"], against=["old/"], attached=["rcp.json"], to="r-ab12")
    text = said(shown(asked))
    assert "10 calls in 2 files, 2026-11-01T00:00:00Z to 2026-11-30T00:00:00Z" in text
    assert "calls a/ , b.json" in text
    assert "policies new/ attached first rcp.json to r-ab12 compared with old/" in text
    assert "compared with what AWS did, as recorded" in said(shown())
    many = said(shown(Asked(events=[f"{number}.json" for number in range(20)], policies=["p"])))
    assert "7.json and 12 more" in many


def test_what_could_not_be_read_stands_before_what_was_found():
    """Problems of policies and of events are listed with their hints, a great many cut with their number."""
    problem = Problem(code="PG-F001", message="cannot be read: `x`", place=Place(source="a.json"), hint="look")
    text = replay_html(replayed(breaks=(change(),), problems=(problem,)), ASKED, [problem])
    assert said(text).count("a.json: PG-F001 cannot be read: x hint: look") == 2
    assert text.index('id="unread"') < text.index('id="breaks"')
    many = said(shown(problems=[problem] * 60))
    assert many.count("PG-F001") == 50
    assert "and 10 more, on standard error" in many
    assert 'id="unread"' not in shown()


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "✓ Nothing breaks"),
        ({"unchanged": 9, "undecided": 1}, "✓ No call that can be judged breaks"),
        ({"unchanged": 0, "undecided": 10}, "? Of no call it is known whether it changes"),
        ({"events": 0, "unchanged": 0}, "? No call was replayed"),
        ({"unchanged": 7, "breaks": (change(),)}, "✗ 3 of 10 calls would break"),
    ],
)
def test_the_verdict(fields, word):
    """The first words say what was found, and whether it could be."""
    text = said(shown(**fields))
    assert word in text
    assert ("unchanged" in text) == (fields.get("events") != 0)


def test_shares_are_drawn_and_told():
    """A bar shows every kind of calls that there is, however few; none of all is neither nothing nor everything."""
    breaks = (change(count=1),)
    text = shown(events=1_000_000, unchanged=999_998, undecided=1, breaks=breaks)
    assert "999,998 unchanged &gt;99.9 %" in said(text).replace(">", "&gt;")
    assert "1 break <0.1 %" in said(text)
    bar = ElementTree.fromstring(re.search(r"<svg class=\"bar\".*?</svg>", text, re.S)[0])
    drawn = {each.get("class"): float(each.get("width").rstrip("%")) for each in bar}
    assert set(drawn) == {"unchanged", "break", "not-known"}
    assert min(drawn.values()) > 0.4
    assert sum(drawn.values()) == pytest.approx(100, abs=0.1)


def test_what_breaks_is_drawn_on_the_axis_of_time():
    """A line goes from the first call to the last, at its place between the first and last of all calls."""
    text = shown(breaks=(change(), change(2, first="2026-11-30T00:00:00Z", last="2026-11-30T00:00:00Z", count=1)))
    rows = re.findall(r"<svg class=\"strip\" role.*?</svg>", text, re.S)
    lines = [[each for each in ElementTree.fromstring(row) if each.get("class") == "breaks"] for row in rows]
    ends = [[each.get(name) for name in ("x1", "x2")] for (each, *_) in lines]
    assert ends == [["9.72%", "66.0%"], ["98.0%", "98.0%"]]
    widths = [float(each.get("stroke-width")) for each, *_ in lines]
    assert widths[0] > widths[1]
    marks = re.findall(r'<text x="([\d.]+)%" y="14" text-anchor="(\w+)">([^<]+)</text>', text)
    assert marks == [("5.31", "start", "2026-11-02"), ("51.66", "middle", "2026-11-16"), ("98.0", "end", "2026-11-30")]


def test_without_times_there_is_no_picture():
    """Where no record tells when, or tells something else, the table says so, and nothing is drawn."""
    assert "<figure" in shown(breaks=(change(),))
    text = shown(breaks=(change(first="", last=""),), first="soon", last="soon")
    assert "<figure" not in text
    assert "not recorded" in text


def test_tables_say_who_what_when_and_why():
    """Each principal stands once, with the actions that change, the statement, and an example."""
    allowed = {"reason": "the identity-based policy allows s3:PutObject", "statement": "p.json #0"}
    opens = (change(1), change(2), change(1, action="s3:GetObject", **allowed), change(principal=""))
    text = said(shown(opens=opens))
    assert text.count("arn:aws:iam::111122223333:role/app-1") == 3  # twice in the picture, once in the table
    assert "What opens was denied, would be allowed: 12 calls" in text
    assert "the identity-based policy allows s3:PutObject statement p.json #0 for example event event-1" in text
    assert "in a service control policy: Office of scp.json for example event" in text  # it names the statement
    assert "a principal that is not recorded" in text


def test_ten_thousand_changes_are_cut():
    """The most frequent are listed, with how many there are and how to get them all."""
    breaks = tuple(change(number, count=20_000 - number) for number in range(10_000))
    text = shown(events=10**9, unchanged=0, breaks=breaks)
    assert len(text) < 1_000_000
    assert text.count('<tr id="breaks-') == 500
    assert "The 500 most frequent of 10,000 stand here; --format csv and json have all of them." in said(text)
    assert "of the 25 most frequent" in said(text)
    page = Page(text)
    assert [each for each in page.links if each.startswith("#breaks-")] == [f"#breaks-{each}" for each in range(1, 26)]
    assert "most frequent of" not in said(shown(breaks=breaks[:25]))


def test_causes_of_what_is_not_known():
    """Each has a bar, in words why, the keys, the times and an example."""
    told = {"first": "2026-11-01T00:00:00Z", "last": "2026-11-02T00:00:00Z", "example": "event-9"}
    unknown = (
        NotKnown(cause="SESSION_TAGS", count=6, because="tags are not recorded", names=("aws:PrincipalTag/a",), **told),
        NotKnown(cause="OTHER_ERROR", count=2, because="the call failed"),
    )
    text = shown(unchanged=2, undecided=8, unknown=unknown)
    assert "6 75.0 % tags are not recorded aws:PrincipalTag/a 2026-11-01T00:00:00Z to 2026-11-02" in said(text)
    assert "for example event event-9 2 25.0 % the call failed" in said(text)
    assert re.findall(r'<div class="bar-line"><svg.*?width="([\d.]+)%"', text) == ["75.0", "25.0"]
    assert "counts for each of them" in said(text)
    assert "counts for each of them" not in said(shown(undecided=8, unknown=unknown[:1]))


def test_agreement_with_aws():
    """How many of AWS's denials agree is told and drawn, and the others are listed."""
    text = said(shown(agreement=Agreement(compared=4, same=3, disagreements=(change(count=1),))))
    assert "3 agree 75.0 % 1 disagree 25.0 %" in text
    assert "Disagreements AWS denied it, and not as these policies do" in text
    agreed = shown(agreement=Agreement(compared=4, same=4))
    assert "4 agree 100 %" in said(agreed)
    assert "Disagreements" not in agreed
    assert 'id="agreement"' not in shown()


def hostile():
    """Return a page whose every text was chosen by somebody who wants to get out of it."""
    texts = dict.fromkeys(("principal", "action", "first", "last", "example", "reason", "statement"), HOSTILE)
    bad = change(**texts)
    timed = replace(bad, first="2026-11-03T08:00:00Z", last="2026-11-20T08:00:00Z")
    names = {"cause": HOSTILE, "because": HOSTILE, "names": (HOSTILE,), "example": HOSTILE, "first": HOSTILE}
    asked = Asked(events=[HOSTILE], policies=[HOSTILE], against=[HOSTILE], attached=[HOSTILE], to=HOSTILE)
    return shown(
        asked,
        [Problem(code="PG-F001", message=HOSTILE, place=Place(source=HOSTILE), hint=HOSTILE)],
        breaks=(timed, bad),
        opens=(timed, bad),
        unknown=(NotKnown(count=1, **names),),
        undecided=1,
        agreement=Agreement(compared=1, same=0, disagreements=(bad,)),
        last=HOSTILE,
    )


def test_names_stay_text():
    """Markup in names, messages, times and paths puts no element, attribute or link into the page."""
    page = check_alone(hostile())
    plain = Page(shown(breaks=(change(),), opens=(change(),), agreement=Agreement(compared=1, same=1)))
    assert set(page.tags) - set(plain.tags) <= {"code", "ul", "li", "h3", "br"}
    assert "img" not in page.tags
    assert all(re.fullmatch(r"#[a-z]+(-\d+)?", link) for link in page.links)
    assert " ".join(page.words).count("{{7+7}}") > 20


@needs_browser
def test_a_browser_runs_nothing_of_it(browser, tmp_path):
    """A browser sees text alone, and has nothing to complain about."""
    path = tmp_path / "report.html"
    path.write_text(hostile(), encoding="utf-8")
    browser.open(path, first="window.ran = 0; window.hacked = () => { window.ran += 1 }")
    assert browser.complaints() == []
    assert browser.run("[document.querySelectorAll('img').length, document.scripts.length, window.ran]") == [0, 0, 0]


_OUTSIDE = """
(() => {
  const wide = document.documentElement.clientWidth, bad = [];
  for (const each of document.querySelectorAll("main *")) {
    const box = each.getBoundingClientRect();
    if (box.width && (box.left < -1 || box.right > wide + 1)) { bad.push(each.outerHTML.slice(0, 80)); }
  }
  const marks = Array.from(document.querySelectorAll(".axis text"), each => each.getBoundingClientRect())
    .filter(box => box.width);
  marks.forEach((each, at) => { if (at && marks[at - 1].right > each.left) { bad.push("marks overlap"); } });
  return bad;
})()
"""


@needs_browser
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 770, 1400])
def test_it_fits(browser, tmp_path, width, dark):
    """On a phone as on a wide screen, long names stay within the page, and no mark of the axis covers another."""
    long = change(principal="arn:aws:iam::111122223333:role/" + "a-path/" * 40 + "n" * 64, action="s3:" + "Put" * 30)
    path = tmp_path / "report.html"
    unknown = (NotKnown(cause="A", count=1, because="b", names=("aws:PrincipalTag/" + "x" * 90,)),)
    fields = {"breaks": (long, change()), "unknown": unknown, "undecided": 1, "first": "2026-11-02"}
    text = shown(Asked(events=["p/" * 90], policies=["p"]), **fields)
    assert len(re.findall("<text", text)) == 5
    path.write_text(text, encoding="utf-8")
    browser.open(path, width=width, dark=dark)
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith("data:")] == [path.as_uri()]
    assert browser.run(_OUTSIDE) == []
    background = browser.run("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)")


def test_examples_in_docstrings():
    """The examples of these modules hold."""
    for each in (module, page_module):
        failed, tried = doctest.testmod(each)
        assert (failed, tried > 0) == (0, True)
