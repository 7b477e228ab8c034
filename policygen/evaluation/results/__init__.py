"""What comes out of an evaluation, as values: the verdict, the decision, and the explanation with its traces."""
