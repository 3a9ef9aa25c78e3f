"""The graphs and the tokenizer of a folder, each held to its description."""

from seqkit.runtime.description import MODEL, STEP, TOKENIZER, WORDS, Description
from seqkit.runtime.folder import Folder
from seqkit.runtime.graph import Graph
from seqkit.runtime.text import Encoder
from seqkit.runtime.words import Words


def new(name: str) -> str:
    """Return the name of a state after a graph has run."""
    return f"new_{name}"


def whole_graph(folder: Folder, threads: int) -> Graph:
    """Load the graph that reads whole sequences."""
    return _graph(folder, MODEL, folder.description.inputs, threads)


def step_graph(folder: Folder, threads: int) -> Graph:
    """Load the graph that reads one token of each row; it knows no padding."""
    return _graph(folder, STEP, [name for name in folder.description.inputs if name != "attention_mask"], threads)


def words_of(folder: Folder, threads: int) -> Words | None:
    """Load the graph that reads the characters of words, if there is one."""
    width = folder.description.character_size
    if width is None:
        return None
    widths = {"character_vectors": width}
    return Words(Graph(folder.contents[WORDS], WORDS, ["character_ids"], [*widths], widths, threads), width)


def encoder_of(folder: Folder) -> Encoder | None:
    """Load the tokenizer, if there is one."""
    return Encoder(folder.contents[TOKENIZER], folder.description) if folder.description.tokenizer else None


def _graph(folder: Folder, name: str, inputs: list[str], threads: int) -> Graph:
    description = folder.description
    state = list(description.state)
    outputs = ["logits", *map(new, state)]
    return Graph(folder.contents[name], name, [*inputs, *state], outputs, _widths(description), threads)


def _widths(description: Description) -> dict[str, int]:
    features = {"input_features": description.num_features} if description.num_features else {}
    vectors = {"character_vectors": description.character_size} if description.character_size else {}
    return {
        **description.state,
        **features,
        **vectors,
        "logits": len(description.labels) or description.vocab_size or 0,
    }
