"""The spec: what the user wants, checked and resolved. No policy documents, no decisions."""
