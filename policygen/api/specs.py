"""From a spec to its documents, to what other tools take, and to its plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policygen.api.given import check_path, folder_at
from policygen.errors import GenerationError, Problem, SpecError, check_argument

if TYPE_CHECKING:
    from policygen.generator import Bundle, TemplateSource
    from policygen.migration import Plan
    from policygen.spec.model import Spec
    from policygen.verification import Documents

EXPORTS = ("cloudformation", "terraform", "aws-cli")
"""What :func:`export_to` makes beside the documents to paste."""


def check_spec(spec: object) -> None:
    """Refuse what is no spec."""
    from policygen.spec.model import Spec

    check_argument("spec", spec, Spec, "give what load_spec returns")


def load_spec(path: str | Path) -> Spec:
    """Return the spec in a file; ``-`` reads standard input.

    Raises:
        SourceError: The file cannot be read, or is neither YAML nor JSON (PG-F001 to PG-F010).
        SpecError: Every problem of the spec (PG-S001 to PG-S035), and of the policy files that it names.
    """
    from policygen.source.files import read_text

    check_path(path)
    return spec_in(read_text(path), path)


def spec_in(text: str, path: str | Path) -> Spec:
    """Return the spec in a text that was read from a file; raises as :func:`load_spec`."""
    from policygen.source.files import read_text
    from policygen.spec.load import load_spec_text

    folder = Path() if str(path) == "-" else Path(path).parent
    return load_spec_text(text, str(path), lambda name: read_text(folder / name))


def load_templates(folder: str | Path) -> TemplateSource:
    """Return the templates of a folder, each of which takes the place of the package's own.

    Raises:
        SourceError: The folder or a file cannot be read.
        GenerationError: PG-G005 for a file that overrides nothing.
    """
    from policygen.generator import TemplateSource, TemplateText
    from policygen.source.files import files_below, read_text

    paths = files_below(
        folder_at(folder),
        lambda name: not name.startswith("."),
        skipped=lambda _: True,  # folders in it are nobody's
    )
    return TemplateSource(overrides={each.name: TemplateText(text=read_text(each), source=str(each)) for each in paths})


def generate(spec: Spec, templates: str | Path | TemplateSource | None = None) -> Bundle:
    """Return the documents of a spec, by path.

    Args:
        spec: The spec.
        templates: A folder of templates that take the place of the package's own, or None.

    Raises:
        SpecError: What would make replication fail whatever the policies say, such as a bucket without versioning.
        GenerationError: PG-G002 to PG-G006, PG-G009.
    """
    from policygen.generator import TemplateSource

    check_spec(spec)
    if spec.blockers:
        raise SpecError(*spec.blockers)
    source = load_templates(templates) if isinstance(templates, (str, Path)) else templates
    check_argument("templates", source, (TemplateSource, type(None)), "give the path of a folder")
    return fitting_bundle(spec, source)


def fitting_bundle(spec: Spec, templates: TemplateSource | None = None) -> Bundle:
    """Return the bundle; policies over their quota are minimised first, as far as the same access is proved."""
    from policygen.generator import bundle_of, generate_documents, over_quota

    documents = generate_documents(spec, templates)
    if over_quota(documents):
        from policygen.verification import fit

        documents = fit(documents)
    return bundle_of(documents)


def generated_documents(spec: Spec) -> Documents:
    """Return what a spec generates, as verification reads documents; raises as :func:`generate`."""
    from policygen.verification import documents_of_bundle

    return documents_of_bundle({path: document.value for path, document in fitting_bundle(spec).items()})


def export_to(spec: Spec, form: str, bundle: Bundle | None = None) -> dict[str, str]:
    """Return the files with which another tool sets up what a spec describes: texts by path, a manifest last.

    Args:
        spec: The spec.
        form: ``cloudformation``, ``terraform`` or ``aws-cli``.
        bundle: The spec's documents, where they are generated already.

    Raises:
        SpecError: As :func:`generate`.
        GenerationError: As :func:`generate`; PG-G006 and PG-G007 for a template that CloudFormation
            would not take, PG-G008 for another form.
    """
    from policygen.document.write import to_json
    from policygen.generator import Bundle, checksum
    from policygen.spec.paths import manifest_path

    check_spec(spec)
    check_argument("bundle", bundle, (Bundle, type(None)), "give what generate returns")
    if form not in EXPORTS:
        hint = f"use one of {', '.join(EXPORTS)}"
        raise GenerationError(Problem(code="PG-G008", message=f"there is no form `{form}`", hint=hint))
    values, kind = _exported(spec, form, generate(spec) if bundle is None else bundle)
    texts = {path: value if isinstance(value, str) else to_json(value) for path, value in values.items()}
    entries = [{"path": path, "kind": kind, "sha256": checksum(text)} for path, text in texts.items()]
    return texts | {manifest_path(form): to_json({"documents": entries, "pages": []})}


def _exported(spec: Spec, form: str, bundle: Bundle) -> tuple[Mapping[str, Any], str]:
    """Return the files of one form, texts or JSON values by path, and what the manifest calls them."""
    if form == "aws-cli":
        from policygen.export.aws_cli import aws_cli

        return aws_cli(spec, bundle), "script and its documents"
    if form == "terraform":
        from policygen.export.terraform import terraform

        return terraform(spec, bundle), "Terraform configuration"
    from policygen.export.cloudformation import cloudformation, deployment

    return cloudformation(spec, bundle) | deployment(spec, bundle), "CloudFormation template, script or page"


def plan(spec: Spec) -> Plan:
    """Return the plan of a spec's ``migration:``: a verdict on each proposal, and ways that reach the target.

    Raises:
        SpecError: PG-P001 when the spec has no ``migration``.
    """
    from policygen.migration import plan_spec

    check_spec(spec)
    return plan_spec(spec)
