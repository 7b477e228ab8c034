"""Results as people and machines read them: text, JUnit, annotations. Decides nothing."""
