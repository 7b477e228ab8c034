"""Replaying many requests against policies."""
