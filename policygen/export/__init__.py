"""What a spec describes in the form of other tools: they get the bundle's documents as they are, and decide nothing."""
