"""What seqkit adds to `generate()`."""
