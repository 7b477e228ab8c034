"""The picture of a spec: what it holds, and where everything in it stands."""

import itertools
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

import policygen as pg
from policygen.report.mermaid import mermaid
from policygen.report.picture import EdgeKind, NodeKind, Outcome, picture_of
from policygen.report.routes import routed
from policygen.report.svg import svg
from policygen.spec.model import Batch, Guards, Replication, Spec
from tests.report.specs import SPECS, broken_documents, hostile_spec, load, many_buckets

SAMPLES = Path(__file__).parents[2] / "samples"
SPEC = SAMPLES / "two-destinations/spec.yaml"
GOLDEN = Path(__file__).parent


def outcomes(picture):
    """Return the outcome of each edge by its label and end."""
    return {(edge.label, edge.end): edge.outcome for edge in picture.edges}


def test_picture():
    """Every bucket, key and role is there once; every edge says how many checks there were."""
    spec = pg.load_spec(SPEC)
    picture = picture_of(spec, pg.verify(spec))
    kinds = [node.kind for node in picture.nodes]
    assert (kinds.count(NodeKind.BUCKET), kinds.count(NodeKind.KEY), kinds.count(NodeKind.ROLE)) == (3, 3, 1)
    asked = [edge for edge in picture.edges if edge.kind is not EdgeKind.ENCRYPTION]
    assert all(edge.outcome is Outcome.HOLDS and edge.count for edge in asked)


def test_a_broken_document_shows_where():
    """Only the edges that the broken statement concerns fail; what it allows unasked fails at its role as well."""
    spec = pg.load_spec(SPEC)
    picture = picture_of(spec, pg.verify(spec, broken_documents(spec)))
    found = outcomes(picture)
    assert {node.id: node.failed for node in picture.nodes if node.failed} == {"role_111122223333_s3_replication": 2}
    assert "class role_111122223333_s3_replication broken" in mermaid(picture)
    assert {key for key, outcome in found.items() if outcome is Outcome.FAILS} == {
        ("encrypts", "key_california_us_west_1"),
        ("rule california (key-prefix1/*)", "bucket_california"),
    }


def test_a_picture_without_report():
    """Without a report nothing is asked."""
    assert set(outcomes(picture_of(pg.load_spec(SPEC))).values()) == {Outcome.NOT_ASKED}


def test_multi_region_keys_are_linked():
    """A primary key and its replica are joined by an edge, one box a Region."""
    picture = picture_of(pg.load_spec(SAMPLES / "mrk-replication/spec.yaml"))
    links = [edge for edge in picture.edges if edge.kind is EdgeKind.REPLICA_KEY]
    assert [(edge.start, edge.end) for edge in links] == [("key_data_us_east_1", "key_data_us_west_1")]
    assert [node.details[0] for node in picture.nodes if node.kind is NodeKind.KEY] == [
        "multi-Region, primary key",
        "multi-Region, replica key",
    ]


def test_names_that_differ_have_nodes_that_differ(tmp_path):
    """``a-b``, ``a_b`` and ``a.b`` are three buckets."""
    text = 'version: 1\naccounts: {prod: "111122223333"}\nbuckets:\n'
    for number, name in enumerate(("a-b", "a_b", "a.b")):
        text += f"  {name}: {{name: bucket-{number}, region: us-east-1}}\n"
    assert len(picture_of(load(tmp_path, text)).nodes) == 3


def with_batch(spec: Spec) -> Spec:
    """Return the spec with a Batch Replication job, its manifest in the source and its report at the destination."""
    replication: Replication = spec.replication[0]
    role = replace(replication.role, name="s3-batch-replication")
    destination = replication.rules[0].destination
    batch = Batch(
        role=role,
        manifest_bucket=replication.source,
        report_bucket=destination,
        report_prefix="",
        object_statuses=("FAILED",),
    )
    return replace(spec, replication=(replace(replication, batch=batch), *spec.replication[1:]))


def test_a_batch_job_has_its_role():
    """The job's role starts the replication, and leads to its manifest and to its report."""
    picture = picture_of(with_batch(pg.load_spec(SPEC)))
    found = {(edge.label, edge.end) for edge in picture.edges if edge.start == "role_111122223333_s3_batch_replication"}
    assert found == {
        ("initiates", "bucket_source"),
        ("uses", "key_source_us_east_1"),
        ("uses", "key_california_us_west_1"),
        ("manifest", "bucket_source"),
        ("report", "bucket_california"),
    }
    assert_well_placed(picture)


def test_guards_are_told():
    """A bucket says whom its guards let in."""
    spec = pg.load_spec(SPEC)
    guarded = replace(
        spec.buckets[0], guards=Guards(organization=True, vpc_endpoints=("vpce-1a2b", "vpce-3c4d"), exempt=())
    )
    [first, *others] = picture_of(replace(spec, buckets=(guarded, *spec.buckets[1:]))).nodes
    assert first.details[-1] == "only through its organization and vpce-1a2b, vpce-3c4d"
    assert not any("only" in line for node in others for line in node.details)


# --- Mermaid --------------------------------------------------------------------------------------------------------


def test_mermaid_is_golden(update_golden):
    """The whole text for one sample."""
    spec = pg.load_spec(SPEC)
    text = mermaid(picture_of(spec, pg.verify(spec)))
    golden = GOLDEN / "two-destinations.mmd"
    if update_golden:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_mermaid_of_a_spec_alone():
    """Without a verification there are no outcomes: plain edges, no colours."""
    text = mermaid(picture_of(pg.load_spec(SPEC)))
    assert '-->|"reads"| bucket_source' in text
    assert not any(mark in text for mark in ("✓", "✗", "linkStyle"))


# --- where things stand ---------------------------------------------------------------------------------------------


def overlap(one, other):
    """Whether two areas share a point."""
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def within(area, x, y):
    """Whether a point lies in an area or on its border."""
    return area.x - 0.5 <= x <= area.x + area.width + 0.5 and area.y - 0.5 <= y <= area.y + area.height + 0.5


def on_border(area, x, y):
    """Whether a point lies on the border of an area."""
    near = min(abs(x - area.x), abs(x - area.x - area.width), abs(y - area.y), abs(y - area.y - area.height))
    return within(area, x, y) and near <= 0.5


def holds(outer, inner):
    """Whether an area lies in another."""
    return within(outer, inner.x, inner.y) and within(outer, inner.x + inner.width, inner.y + inner.height)


def crosses(area, line):
    """Whether a stroke of a line runs through an area."""
    for (x1, y1), (x2, y2) in itertools.pairwise(line.points):
        across = min(x1, x2) < area.x + area.width - 1 and area.x + 1 < max(x1, x2)
        across = across or (x1 == x2 and area.x + 1 < x1 < area.x + area.width - 1)
        along = min(y1, y2) < area.y + area.height - 1 and area.y + 1 < max(y1, y2)
        along = along or (y1 == y2 and area.y + 1 < y1 < area.y + area.height - 1)
        if across and along:
            return True
    return False


def assert_well_placed(picture):
    """No two boxes or frames overlap, boxes stand in their frames, edges run round boxes and end at them."""
    drawn = routed(picture)
    boxes = {box.node.id: area for box, area in drawn.boxes}
    assert len(boxes) == len(picture.nodes)
    for one, other in itertools.combinations(boxes.values(), 2):
        assert not overlap(one, other)
    for region in (True, False):
        frames = [area for frame, area in drawn.frames if bool(frame.region) is region]
        assert not any(overlap(one, other) for one, other in itertools.combinations(frames, 2))
    for box, area in drawn.boxes:
        own = [
            each
            for frame, each in drawn.frames
            if frame.account == box.node.account and frame.region in ("", box.node.region)
        ]
        assert len(own) == (2 if box.node.region else 1)
        assert all(holds(frame, area) for frame in own)
    assert {line.edge for line in drawn.lines} == set(picture.edges)
    for line in drawn.lines:
        assert on_border(boxes[line.edge.start], *line.points[0]), line.edge
        assert on_border(boxes[line.edge.end], *line.points[-1]), line.edge
        assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in line.points)
        assert not any(crosses(area, line) for area in boxes.values()), line.edge


@pytest.mark.parametrize("name", SPECS)
def test_everything_has_a_place_of_its_own(name, tmp_path):
    """In every sample, in two-way replication, between three accounts, in one Region, and with fifty buckets."""
    assert_well_placed(picture_of(load(tmp_path, SPECS[name])))


def test_labels_do_not_cover_each_other(tmp_path):
    """No two labels of edges stand at one place."""
    for text in SPECS.values():
        placed = [line for line in routed(picture_of(load(tmp_path, text))).lines if line.anchor]
        for one, other in itertools.combinations(placed, 2):
            assert abs(one.y - other.y) >= 12 or abs(one.x - other.x) >= one.room, (one.edge, other.edge)


def test_fifty_buckets_stand_beside_their_roles(tmp_path):
    """A role stands at most half a bucket's pitch from its source, so that its edges are short."""
    boxes = {box.node.id: area for box, area in routed(picture_of(load(tmp_path, many_buckets(25)))).boxes}
    for number in range(25):
        source = boxes[f"bucket_source_{number:02}"]
        role = boxes[f"role_111122223333_s3_replication_team_{number:02}"]
        assert abs(source.y - role.y) < 70


@pytest.mark.parametrize("name", SPECS)
def test_svg_holds_every_node_and_edge(name, tmp_path):
    """The drawing is well-formed, and each node and edge is one group that can be read out."""
    picture = picture_of(load(tmp_path, SPECS[name]))
    root = ElementTree.fromstring(svg(picture))  # our own text
    groups = list(root.iter("{http://www.w3.org/2000/svg}g"))
    names = [group.get("class").split()[0] for group in groups]
    assert names.count("node") == len(picture.nodes)
    assert names.count("edge") == len(picture.edges)
    for group in groups:
        if group.get("class").split()[0] in ("node", "edge"):
            assert group.find("{http://www.w3.org/2000/svg}title").text


def test_names_cannot_break_out(tmp_path):
    """Names are escaped in every form of the picture."""
    picture = picture_of(hostile_spec(tmp_path))
    drawing = svg(picture)
    root = ElementTree.fromstring(drawing)  # our own text
    assert {element.tag.partition("}")[2] for element in root.iter()} <= {
        "svg", "title", "style", "defs", "marker", "path", "rect", "g", "text",
    }  # fmt: skip
    text = mermaid(picture)
    assert not any(part in text for part in ("<img", "<script", "</script"))
    assert all(line.count('"') in (0, 2) for line in text.splitlines())
