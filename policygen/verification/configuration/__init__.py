"""What can be shown without a request: prerequisites, the replication configuration, settings, who is let in."""
