"""The README of an exported folder: what it is, and the lines that run it."""

from seqkit.runtime.description import STEP, WORDS, Description

USES = {
    "causal-lm": 'print(model.generate("The", max_new_tokens=100))',
    "sequence-classification": 'print(model.classify(["a text", "another"]))',
    "token-classification": 'print(model.tag([["a", "sentence", "of", "words"]]))',
}


def readme(description: Description) -> str:
    """Return the text."""
    use = USES[description.task]
    if description.num_features:
        use = f"print(model.scores([array]))  # float32 arrays (T, {description.num_features})"
    step = f"- `{STEP}`: one token of each row, with the state going in and out.\n" if description.state else ""
    if description.character_size:
        step += f"- `{WORDS}`: `character_ids` of words, (B, C); gives the `character_vectors` that the others take.\n"
    weights = "weights in 8 bits" if description.int8 else "weights in 32 bits"
    return f"""# An exported seqkit model

A `{description.cell}` network for {description.task}, {weights}, written by seqkit {description.seqkit}.

    pip install 'seqkit[onnx]'

```python
from seqkit import runtime

model = runtime.load("PATH OF THIS FOLDER")
{use}
```

It runs on onnxruntime, numpy and tokenizers; neither torch nor transformers is imported.

- `model.onnx`: rows of any number and length, with an `attention_mask` of 1 at real tokens.
{step}- `export.json`: names, sizes, labels, special tokens, and the sha256 of every file.
"""
