"""Patterns for many names: no more than a number in one place, the smallest folders first."""

from __future__ import annotations

import pytest

from policygen.suggesting.patterns import literal, of_resources, of_values

BUCKET = "arn:aws:s3:::bucket"


def of_keys(*keys: str, most: int = 3) -> list[str]:
    """Return the patterns of objects, without their bucket, in order."""
    return sorted(each.removeprefix(f"{BUCKET}/") for each in of_resources([f"{BUCKET}/{key}" for key in keys], most))


def test_as_many_as_may_stand_one_by_one_do() -> None:
    """What is no more than the number is named as it is."""
    assert of_keys("a/1", "a/2", "b") == ["a/1", "a/2", "b"]


def test_one_more_is_a_folder() -> None:
    """More than the number become the folder that they have in common, however deep it is."""
    assert of_keys("a/b/1", "a/b/2", "a/b/3", "a/b/4") == ["a/b/*"]


def test_small_folders_come_first() -> None:
    """A folder of which only a part is too much stays apart from what stands beside it."""
    assert of_keys("a/1", "a/2", "a/3", "a/4", "b/1", "c") == ["a/*", "b/1", "c"]


def test_folders_become_the_folder_above() -> None:
    """Where the patterns of folders are too many, the folder above takes their place."""
    assert of_keys(*(f"a/{folder}/{name}" for folder in range(4) for name in range(4))) == ["a/*"]


def test_a_whole_bucket_is_the_last_resort() -> None:
    """Names without a folder in common are all objects of their bucket, and of no other."""
    names = [f"{BUCKET}/{number}" for number in range(4)]
    assert list(of_resources([*names, "arn:aws:s3:::other/1"], 3)) == [f"{BUCKET}/*", "arn:aws:s3:::other/1"]


def test_a_pattern_tells_for_what_it_stands() -> None:
    """With each pattern come the resources that it stands for."""
    names = tuple(f"{BUCKET}/a/{number}" for number in range(4))
    assert of_resources(names, 3) == {f"{BUCKET}/a/*": names}


@pytest.mark.parametrize(
    "form",
    [
        "arn:aws:s3:::bucket-{}",
        "arn:aws:iam::111122223333:role/{}",
        "arn:aws:kms:us-east-1:111122223333:key/{}",
        "arn:aws:sqs:us-east-1:111122223333:queue-{}",
        "arn:aws:lambda:us-east-1:111122223333:function:{}",
        "arn:aws:ec2:us-east-1:111122223333:instance/{}",
    ],
)
def test_what_is_named_first_is_never_generalised(form: str) -> None:
    """Another bucket, role, key, queue, function or instance was not used."""
    names = [form.format(number) for number in range(9)]
    assert sorted(of_resources(names, 3)) == names


def test_below_a_named_resource() -> None:
    """What lies below a named resource is generalised as objects are, and stays with it."""
    stem = "arn:aws:dynamodb:us-east-1:111122223333:table/"
    names = [f"{stem}orders/index/{number}" for number in range(4)]
    assert list(of_resources([*names, f"{stem}orders", f"{stem}users/index/0"], 3)) == [
        f"{stem}orders/index/*",
        f"{stem}orders",
        f"{stem}users/index/0",
    ]


def test_a_resource_that_is_a_pattern_stays_one() -> None:
    """What of an ARN stands for something that did not exist before the call is written as AWS asks for it."""
    name = "arn:aws:ec2:us-east-1:111122223333:instance/*"
    assert of_resources([name, "*"], 1) == {name: (name,), "*": ("*",)}


@pytest.mark.parametrize(
    ("text", "pattern"), [("a*b?c", "a${*}b${?}c"), ("${x}", "${$}{x}"), ("a$b", "a$b"), ("price $", "price $")]
)
def test_names_match_themselves_alone(text: str, pattern: str) -> None:
    """What acts in a pattern is escaped in the name of an object (E172)."""
    assert literal(text) == pattern
    assert of_keys(text) == [pattern]


def test_folders_within_folders_without_end() -> None:
    """A name of a thousand folders is a name."""
    deep = "/" * 1000
    assert of_keys(*(f"{deep}{number}" for number in range(4)), most=3) == [f"{'/' * 64}*"]


def test_prefixes_are_generalised_as_objects_are() -> None:
    """Values that are folders within folders become patterns; none in common is any value at all."""
    assert list(of_values(["a/1/", "a/2/", "a/3/", "a/4/", "b/"], 3)) == ["a/*", "b/"]
    assert list(of_values(["", "a", "b", "c"], 3)) == ["*"]
