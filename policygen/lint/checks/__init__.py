"""The checks, one module for each subject, with a JSON file of examples beside each module.

A module is found by lying here (:mod:`policygen.lint.registry`), a check by its decorator.
"""
