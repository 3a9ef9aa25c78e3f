"""Sharing: model cards."""
