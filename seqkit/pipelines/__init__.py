"""Tasks of `transformers.pipeline` that transformers itself has no more."""
