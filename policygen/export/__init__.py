"""What a spec describes, written for the tools that deploy it; every policy is taken from the generated documents."""
