"""How text looks: where lines break on a terminal, and what a table is that does not fit; nothing of it in a pipe."""

from io import StringIO

import pytest
from rich.console import Console

from policygen.report.printed import copied, lines_of_table, paragraph, plain, table
from policygen.source.wrapping import wrapped

KEY = "arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"


def printed(what, *arguments, width=None, styled=False, **options):
    """Return what a function prints on a terminal of a width; or where nobody looks."""
    file = StringIO()
    how = {"force_terminal": True, "color_system": "standard"} if styled else {"color_system": None}
    what(Console(file=file, width=width or 400, soft_wrap=width is None, **how), *arguments, **options)
    return file.getvalue()


@pytest.mark.parametrize("styled", [False, True])
def test_lines_break_at_words(styled):
    """What goes on is indented further than what it belongs to; an entry of a list goes on below its words."""
    text = printed(
        paragraph, "one two three four\n  five six seven\n- eight nine ten\n12. eleven", width=12, styled=styled
    )
    assert text == "one two\n  three four\n  five six\n    seven\n- eight nine\n  ten\n12. eleven\n"


def test_an_arn_is_never_cut():
    """What is too long for every line stays where it is, and the terminal goes on with it; what fits moves down."""
    assert printed(paragraph, f"see: {KEY} of me", width=40) == f"see: {KEY}\n  of me\n"
    assert printed(paragraph, f"on the key {KEY}", width=80) == f"on the key\n  {KEY}\n"


def test_nothing_breaks_where_nobody_looks():
    """A line stays a line, however long."""
    text = " ".join(["word"] * 300)
    assert printed(paragraph, text) == text + "\n"
    assert printed(paragraph, text, styled=True) == text + "\n"


def test_what_people_copy_does_not_break():
    """JSON and differences, on the narrowest terminal, too; nor does the line of a file with its caret."""
    assert printed(copied, '"Resource": "a b c"', width=5) == '"Resource": "a b c"\n'
    excerpt = "  3 | one two three\n    |     ^"
    assert printed(paragraph, excerpt, width=10) == excerpt + "\n"
    assert wrapped(excerpt, 10) == excerpt


def test_styles_go_on_in_the_next_line():
    """A styled part that breaks is styled in both lines, and the indent is not."""
    text = printed(paragraph, "an ", ("answer of words", "red"), width=10, styled=True)
    assert text == "an \x1b[31manswer\x1b[0m\n  \x1b[31mof words\x1b[0m\n"


def test_nothing_of_others_acts():
    """What would act on a terminal is shown, in paragraphs and cells; cells are as wide as what is shown."""
    assert printed(paragraph, "a\x1b[2Jb", width=40, styled=True) == "a\\u001b[2Jb\n"
    assert printed(copied, "a\x1b[2Jb", styled=True) == "a\\u001b[2Jb\n"
    assert [plain(each) for each in lines_of_table(["a", "b"], [("\x07", "c")])][2] == "\\u0007  c"


ROWS = [("1", ("gained", "green"), KEY, "kms:Decrypt\nkms:Encrypt"), ("2", "lost", "-", "")]


def test_a_table():
    """Columns are as wide as their cells, and no line ends with blanks."""
    assert printed(table, ("", "", "on", "may"), ROWS) == (
        f"           on{' ' * 75}may\n"
        f"{'─' * 99}\n"
        f"1  gained  {KEY}  kms:Decrypt\n"
        f"{' ' * 88}kms:Encrypt\n"
        "2  lost    -\n"
        "\n"
    )


def test_a_table_that_does_not_fit():
    """Each row stands for itself, heading and cell; what has no heading stands above."""
    assert printed(table, ("", "", "on", "may"), ROWS, width=80) == (
        f"1 gained\non   {KEY}\nmay  kms:Decrypt\n     kms:Encrypt\n\n2 lost\non   -\n\n"
    )


def test_a_table_that_fits_when_cells_break():
    """The widest column gives first: at words, and within a path that has to; figures stand at the right."""
    rows = [("111122223333/iam/role/permissions-policy.json", "12"), None, ("in all", "2")]
    assert printed(table, ("what of it", "must be allowed"), rows, width=32, right=(1,)) == (
        "what of it               must be\n"
        "                         allowed\n"
        "────────────────────────────────\n"
        "111122223333/iam/role/        12\n"
        "permissions-policy.json\n"
        "────────────────────────────────\n"
        "in all                         2\n"
        "\n"
    )


def test_wide_characters_take_two_columns():
    """What stands beside them stays in its column."""
    assert [plain(each) for each in lines_of_table(["a", "b"], [("漢", "x"), ("y", "z")])][2:] == ["漢  x", "y   z"]
