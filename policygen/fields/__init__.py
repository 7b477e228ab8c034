"""One table, one format: what a field of a file may hold, its default, and what is made from both.

The tables of the spec, of suites and of environment files are written in the words of :mod:`policygen.fields.table`;
the loader (:mod:`policygen.fields.read`) reads them, and so do the makers of the JSON Schemas and of the reference
pages (``tests/pages``), so none of the three can say what another does not.
"""
