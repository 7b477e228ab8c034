"""AWS's names for things: ARNs, partitions, Regions, account ids. No policies, no I/O."""
