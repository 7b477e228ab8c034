"""The public functions: they open files and put the rooms together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policygen.document import Document, PolicyDocument, freeze, names_a_file, opened, parse_policy
from policygen.errors import (
    DocumentError,
    GenerationError,
    Place,
    Problem,
    Severity,
    SourceError,
    SpecError,
    SuiteError,
    check_argument,
)

if TYPE_CHECKING:
    from policygen.engine import Engine
    from policygen.evaluation import Environment, PolicySet
    from policygen.generator import Bundle, TemplateSource
    from policygen.lint import Validation
    from policygen.migration import Plan
    from policygen.report.picture import Picture
    from policygen.scenario import SuiteResult
    from policygen.spec.model import Spec
    from policygen.verification import Documents, Report
    from policygen.verification.verify import Progress


EXPORTS = ("cloudformation", "terraform", "aws-cli")
"""What :func:`export_to` makes beside the documents to paste."""

MOST_BYTES_OF_A_DOCUMENT = 4 * 1024 * 1024
"""The largest policy document that is read from a file: 4 MiB; what the AWS CLI prints may be long."""


@opened.register(os.PathLike)
def _opened(path: os.PathLike[str], source: str) -> tuple[object, str]:  # noqa: ARG001  # a file's name is its path
    """Let files be given where policy documents are taken."""
    from policygen.source.files import read_text

    name = os.fsdecode(path)
    return read_text(name, max_bytes=MOST_BYTES_OF_A_DOCUMENT), name


def _check_path(path: object) -> None:
    check_argument("path", path, (str, os.PathLike), "give the path of a file or folder, as text or pathlib.Path")


def _check_spec(spec: object) -> None:
    from policygen.spec.model import Spec

    check_argument("spec", spec, Spec, "give what load_spec returns")


def load_spec(path: str | Path) -> Spec:
    """Return the spec in a file; ``-`` reads standard input.

    Raises:
        SourceError: The file cannot be read, or is neither YAML nor JSON (PG-F001 to PG-F010).
        SpecError: Every problem of the spec (PG-S001 to PG-S035), and of the policy files that it names.
    """
    from policygen.source.files import read_text

    _check_path(path)
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
        _folder(folder),
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

    _check_spec(spec)
    if spec.blockers:
        raise SpecError(*spec.blockers)
    source = load_templates(templates) if isinstance(templates, (str, Path)) else templates
    check_argument("templates", source, (TemplateSource, type(None)), "give the path of a folder")
    return _fitting_bundle(spec, source)


def _fitting_bundle(spec: Spec, templates: TemplateSource | None = None) -> Bundle:
    """Return the bundle; policies over their quota are minimised first, as far as the same access is proved."""
    from policygen.generator import bundle_of, generate_documents, over_quota

    documents = generate_documents(spec, templates)
    if over_quota(documents):
        from policygen.verification import fit

        documents = fit(documents)
    return bundle_of(documents)


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

    _check_spec(spec)
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


def verify(
    spec: Spec,
    documents: str | Path | Mapping[str, Document] | None = None,
    *,
    progress: Progress | None = None,
    strict: bool = False,
    works: bool = False,
) -> Report:
    """Return the report on a spec's documents: does what must work work, and is nothing else allowed.

    Args:
        spec: The spec.
        documents: A folder laid out as ``generate -o`` writes it; a file or folder with answers of AWS, plans, states
            or templates; or documents by path. None for the generated ones.
        progress: Called with (done, all) as the work goes on.
        strict: Whether a warning about a request of ``expect:`` fails its check.
        works: Whether to ask only whether what must work does; ``exact`` is None then.

    Raises:
        GenerationError: The spec's documents cannot be generated.
        SourceError: A file cannot be read.
        DocumentError: A file holds no policy; PG-V002 for a folder that holds none of the spec's documents.
    """
    return _verified(spec, documents, progress=progress, strict=strict, works=works)[0]


def html_report(
    spec: Spec,
    documents: str | Path | Mapping[str, Document] | None = None,
    *,
    progress: Progress | None = None,
    strict: bool = False,
    works: bool = False,
) -> tuple[Report, str]:
    """Return a spec's report, as :func:`verify` does, and the same as one page of HTML: picture, documents, checks.

    Raises:
        PolicygenError: As :func:`verify`.
    """
    from policygen.report.html import html_report as page

    report, judged, actual = _verified(spec, documents, progress=progress, strict=strict, works=works)
    return report, page(judged, report, actual.written())


def picture(
    spec: Spec,
    documents: str | Path | Mapping[str, Document] | None = None,
    *,
    progress: Progress | None = None,
    strict: bool = False,
    works: bool = False,
) -> tuple[Report, Picture]:
    """Return a spec's report, as :func:`verify` does, and its picture with a verdict on every edge.

    Raises:
        PolicygenError: As :func:`verify`.
    """
    from policygen.report.picture import picture_of

    report, judged, _ = _verified(spec, documents, progress=progress, strict=strict, works=works)
    return report, picture_of(judged, report)


def _verified(
    spec: Spec, documents: str | Path | Mapping[str, Document] | None, **options: Any
) -> tuple[Report, Spec, Documents]:
    """Return the report on documents, the spec with what was taken from them, and the documents."""
    from policygen.verification import (
        IN_MEMORY,
        check_any_expected,
        reference_spec,
        verify_spec,
        with_bucket_keys,
        with_key_ids,
        with_mends,
    )

    _check_spec(spec)
    actual: Documents | None = None
    taken: tuple[str, ...] = ()
    if documents is not None:
        actual = _read(spec, documents)
        spec, taken = with_key_ids(spec, actual)
    generated = _generated(spec)
    where = None
    if isinstance(documents, (str, Path)) and actual is not None:
        check_any_expected(where := str(documents), actual.written(), generated.written())
    elif documents is not None:
        where = IN_MEMORY
    actual = actual or generated
    found = with_bucket_keys(spec, actual)
    wanted = reference_spec(found) or (found if found is not spec else None)
    reference = _generated(wanted) if wanted is not None else None

    def judged(those: Documents) -> Report:
        return verify_spec(spec, those, generated, reference=reference, **options)

    report = with_mends(judged(actual), actual, reference or generated, judged)
    return replace(report, taken=taken, documents_from=where), spec, actual


def plan(spec: Spec) -> Plan:
    """Return the plan of a spec's ``migration:``: a verdict on each proposal, and ways that reach the target.

    Raises:
        SpecError: PG-P001 when the spec has no ``migration``.
    """
    from policygen.migration import plan_spec

    _check_spec(spec)
    return plan_spec(spec)


def _read(spec: Spec, documents: str | Path | Mapping[str, Document]) -> Documents:
    """Return documents: of a folder that is laid out, or out of files and folders of any shape that is known."""
    from policygen.laid_out import found_documents, is_laid_out, opened_documents
    from policygen.source.files import is_folder
    from policygen.verification import read_documents

    if isinstance(documents, (str, Path)):
        texts = read_folder(documents) if is_folder(documents) or not os.path.exists(documents) else {}
        laid_out = opened_documents(spec, texts, str(documents)) if is_laid_out(texts) else None
        return read_documents(laid_out or found_documents(spec, documents) or texts, str(documents))
    hint = "give a folder, or documents by path: `{path: document}`"
    check_argument("documents", documents, Mapping, hint)
    for path in documents:
        check_argument("a path in documents", path, str, hint)
    return read_documents({path: _text_of(document, path)[0] for path, document in documents.items()})


def _text_of(document: Document, source: str) -> tuple[str, str]:
    """Return a document, which need not be a policy, as JSON text, and its name."""
    from policygen.document.write import to_json

    given, name = opened(document, source)
    if isinstance(given, str):
        return given, name
    if isinstance(given, PolicyDocument):
        return given.to_json(), given.source
    check_argument(source, given, Mapping, "give JSON text, plain values, a pathlib.Path, or a generated document")
    return to_json(freeze(given, name)), name


def _generated(spec: Spec) -> Documents:
    from policygen.verification import documents_of_bundle

    return documents_of_bundle({path: document.value for path, document in _fitting_bundle(spec).items()})


def _folder(path: str | Path) -> Path:
    from policygen.source.files import is_folder

    if not is_folder(path):
        raise SourceError(Problem(code="PG-F001", message="no such folder", place=Place(source=str(path))))
    return Path(path)


def read_folder(folder: str | Path) -> dict[str, str]:
    """Return the JSON files below a folder's account folders: texts by path relative to it, with ``/``.

    Whatever else lies in the folder, another format's files among it, is not looked at.

    Raises:
        SourceError: The folder or a file cannot be read; every problem at once.
    """
    from policygen.aws.arns import ACCOUNT_ID
    from policygen.source.files import files_below, read_text
    from policygen.spec.paths import account_of

    root = _folder(folder)
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for path in files_below(root, lambda name: name.endswith(".json")):
        name = path.relative_to(root).as_posix()
        if not ACCOUNT_ID.match(account_of(name)):
            continue
        try:
            found[name] = read_text(path)
        except SourceError as error:
            problems.extend(error.problems)
    if problems:
        raise SourceError(*problems)
    return found


def environment_of_spec(path: str | Path) -> Environment:
    """Return the environment that a spec generates: its roles, buckets and keys with their policies.

    Raises:
        PolicygenError: The spec cannot be used.
    """
    from policygen.verification import environment_of

    spec = load_spec(path)
    return environment_of(spec, _generated(spec))


def generated_environment(spec: Spec) -> Environment:
    """Return a spec's roles, buckets and keys alone, with their generated policies; raises as :func:`generate`."""
    from policygen.verification import generated_environment as generated

    return generated(spec, _generated(spec))


def load_environment(
    *paths: str | Path, parameters: Mapping[str, str] | None = None, shapes: str | Path | None = None
) -> Environment:
    """Return the environment in a file, or in what was read of accounts: answers of AWS, plans, states, templates.

    Args:
        paths: An environment file; or files and folders, whatever they hold.
        parameters: Values for templates, by parameter, pseudo parameter (``AWS::AccountId`` …) or logical id.
        shapes: A file of further shapes.

    Raises:
        SourceError: A file cannot be read.
        SuiteError: Every problem of the format of an environment file.
        DocumentError: Every problem of the documents; PG-I001 to PG-I008 for what was read of accounts.
    """
    from policygen.accounts import open_environment

    for path in paths:
        _check_path(path)
    found, problems = open_environment(paths, parameters=parameters, shapes=shapes)
    errors = [each for each in problems if each.severity is Severity.ERROR]
    if errors:
        raise DocumentError(*errors)
    return found


def run_suite(*paths: str | Path, strict: bool = False) -> SuiteResult:
    """Return the outcome of the tests in suites.

    Args:
        paths: Files, and folders that are searched for ``*.policytest.yaml``, ``.yml`` and ``.json``.
        strict: Whether a test whose requests draw a warning is an error.

    Raises:
        SuiteError: Every problem of every suite: one that cannot be read, or has another format; PG-T007 for a folder
            without suites.
    """
    from policygen.scenario import run_suites

    for path in paths:
        _check_path(path)
    outcome, problems = run_suites(paths, environment_of_spec, environment_at=load_environment, strict=strict)
    if problems:
        raise SuiteError(*problems)
    return outcome


def validate(
    document: Document,
    policy_type: str | None = None,
    resource_type: str | None = None,
    *,
    source: str | None = None,
    network_origin: str | None = None,
) -> Validation:
    """Tell whether AWS would accept a document: findings as Access Analyzer's ValidatePolicy gives them.

    Args:
        document: A policy document or a replication configuration: JSON text, plain values, the path of a file, or a
            generated document; as it is, or inside what the AWS CLI prints.
        policy_type: ``identity``, ``resource``, ``trust``, ``scp``, ``rcp``, ``boundary``, ``session``,
            ``vpc-endpoint`` or ``replication-configuration``; guessed from the document when None.
        resource_type: For resource-based policies, CloudFormation's name: ``AWS::S3::Bucket``, ``AWS::KMS::Key`` …;
            guessed when None.
        source: The name that results use, for a document in memory.
        network_origin: For the policy of an access point, ``"VPC"`` or ``"Internet"``.

    Raises:
        SourceError: A file cannot be read.
        DocumentError: PG-D001 for a text that names a file, PG-D003 and PG-D004 for values that are no JSON.
        ArgumentError: PG-A001 for no document, PG-A002 for an unknown policy type or resource type.
        RequestError: PG-R008 for another network origin.
    """
    from policygen.evaluation.public_access import read_network_origin
    from policygen.lint import validate_text

    if isinstance(document, str) and source is None and names_a_file(document):
        parse_policy(document)  # refuses it, and says how to give a file
    check_argument("source", source, (str, type(None)), "give text")
    text, name = _text_of(document, source or "policy")
    return validate_text(text, name, policy_type, resource_type, read_network_origin(network_origin))


def compile(policies: PolicySet | Environment) -> Engine:  # noqa: A001  # the public name, used as policygen.compile
    """Return an engine that answers requests under ``policies``; safe to share between threads.

    Raises:
        ArgumentError: PG-A001 for anything else.
    """
    from policygen.engine import Engine

    return Engine(policies)


def is_public(bucket_policy: Document, *, access_point_network_origin: str | None = None) -> bool:
    """Tell whether a policy is public by S3's definition: one Allow not limited to fixed values is enough.

    Args:
        bucket_policy: The policy of a bucket, or of an access point.
        access_point_network_origin: For the policy of an access point, its network origin, as GetAccessPoint gives
            it: ``"VPC"`` (never public) or ``"Internet"``. None for the policy of a bucket; a policy whose every
            Resource is the ARN of an access point is taken for an access point's all the same.

    Raises:
        SourceError: The file cannot be read.
        DocumentError: It is no policy document.
        RequestError: PG-R008 for another network origin.

    Fact: E107, E108, S40, S42
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    from policygen.evaluation.public_access import is_public_policy, read_network_origin

    return is_public_policy(
        parse_policy(bucket_policy), network_origin=read_network_origin(access_point_network_origin)
    )
