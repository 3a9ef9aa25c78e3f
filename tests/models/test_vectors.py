from pathlib import Path

import numpy as np
import pytest
import torch

from seqkit import RNNForTokenClassification, WordTokenizer
from seqkit.errors import ConfigError
from seqkit.models import Coverage, load_vectors
from tests.cases import config, model

TOKENIZER = WordTokenizer.train([["The", "cat", "sat", "sat", "<s>"]], split="whitespace")
FILE = "the 1 2\ncat 3 4\nCat 9 9\n<unk> 8 8\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "v.txt").write_text(FILE)
    return tmp_path / "v.txt"


def test_each_word_takes_its_own_vector_or_that_in_small_letters(file: Path) -> None:
    network = RNNForTokenClassification(config(vocab_size=len(TOKENIZER), embedding_size=2))
    weight, ids = network.get_input_embeddings().weight, TOKENIZER.get_vocab()
    before = weight.detach().clone()
    counts = np.bincount(TOKENIZER(["The", "cat", "sat", "dog"], is_split_into_words=True)["input_ids"], minlength=8)
    found = load_vectors(network, TOKENIZER, file, counts)
    assert found == Coverage(words=4, exact=1, lowered=1, running=0.5)
    assert weight[ids["The"]].tolist() == [1, 2]
    assert weight[ids["cat"]].tolist() == [3, 4]
    rest = [i for word, i in ids.items() if word not in ("The", "cat")]
    assert torch.equal(weight[rest], before[rest])
    assert weight.requires_grad


def test_the_report_tells_all_in_one_line_and_by_name() -> None:
    found = Coverage(1000, 700, 100, 0.95)
    assert str(found) == "vectors for 800 of 1,000 words (100 in small letters), 95.0% of the running words"
    assert found.facts()["words without a vector"] == found.missing == 200
    assert "running" not in str(Coverage(2, 1, 0))


def test_a_file_without_our_words_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text("dog 1 2 3\n")
    assert load_vectors(model(vocab_size=8), TOKENIZER, tmp_path / "v.txt").missing == 4


def test_what_does_not_fit_is_refused(file: Path) -> None:
    with pytest.raises(ConfigError, match="embedding_size=2"):
        load_vectors(model(vocab_size=8), TOKENIZER, file)
    with pytest.raises(ConfigError, match="no embedding of words"):
        load_vectors(model(num_features=3), TOKENIZER, file)
