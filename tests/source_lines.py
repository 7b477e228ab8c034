"""Problems as text without the source line and the caret: those are one thing, tested by itself."""

from dataclasses import replace


def without_source_lines(error):
    """Return every problem of an error as people read it, but for the excerpt of the source."""
    bare = (problem.at(replace(problem.place, lines=())) for problem in error.problems)
    return "\n".join(str(problem) for problem in bare) + "\n"
