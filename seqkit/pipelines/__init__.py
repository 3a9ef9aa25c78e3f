"""Tasks of `transformers.pipeline` that transformers itself has no more."""

# First, and whole: what registers our pipelines runs at its end, and imports the files of this folder.
import transformers.pipelines  # noqa: F401
