"""Text that people wrote: reading and writing files, and YAML or JSON as trees that know line and column.

What the text means is decided elsewhere (spec, suite, document). Import the module that is needed:
``yaml_text`` loads PyYAML, the others need the standard library only.
"""
