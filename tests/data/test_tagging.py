"""The collator of sentences gives what aligning before and padding after give."""

from typing import Any

import pytest
import torch
from transformers import DataCollatorForTokenClassification

from seqkit import CharTokenizer, RNNConfig, RNNForTokenClassification, RNNTrainer, RNNTrainingArguments, WordTokenizer
from seqkit.data import TaggingCollator, TokenLabelAligner
from seqkit.errors import DataError

LABELS = {"DET": 0, "NOUN": 1, "VERB": 2}
ROWS = [
    {"tokens": ["the", "dog", "runs"], "labels": ["DET", "NOUN", "VERB"]},
    {"tokens": ["dog"], "labels": ["NOUN"]},
    {"tokens": [], "labels": []},
]


class Spelling(WordTokenizer):
    """A tokenizer that gives the characters of each token too, and cannot pad them."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        encoded = super().__call__(*args, **kwargs)
        ids = encoded["input_ids"]
        encoded["character_ids"] = [[list(map(ord, self.convert_ids_to_tokens(i))) for i in row] for row in ids]
        return encoded


@pytest.mark.parametrize("kind", [WordTokenizer, CharTokenizer])
def test_the_batch_is_that_of_the_two_steps(kind: Any) -> None:
    tokenizer = kind.train([" ".join(row["tokens"]) for row in ROWS])
    columns = TokenLabelAligner(tokenizer, LABELS)({name: [row[name] for row in ROWS] for name in ROWS[0]})
    rows = [{name: column[i] for name, column in columns.items()} for i in range(len(ROWS))]
    expected = DataCollatorForTokenClassification(tokenizer)(rows)
    batch = TaggingCollator(tokenizer, LABELS)(ROWS)
    for name in ("input_ids", "attention_mask", "labels"):
        assert torch.equal(batch[name], expected[name])


def test_what_else_a_tokenizer_gives_is_handed_on() -> None:
    batch = TaggingCollator(Spelling.train(["the dog runs"]), LABELS)(ROWS)
    assert batch["character_ids"].shape == (3, 3, 4)
    assert "".join(map(chr, batch["character_ids"][0, 0, :3].tolist())) == "the"
    assert batch["character_ids"][2].eq(0).all()


def test_a_trainer_learns_from_sentences() -> None:
    tokenizer = WordTokenizer.train(["the dog runs"])
    config = RNNConfig(vocab_size=len(tokenizer), hidden_size=8, label2id=LABELS, num_labels=3)
    model = RNNForTokenClassification(config)
    arguments = RNNTrainingArguments(
        "unused", max_steps=60, learning_rate=0.05, report_to="none", save_strategy="no", disable_tqdm=True,
        use_cpu=True, remove_unused_columns=False,
    )  # fmt: skip
    RNNTrainer(model, arguments, train_dataset=ROWS[:2] * 4, data_collator=TaggingCollator(tokenizer, LABELS)).train()
    batch = TaggingCollator(tokenizer)([{"tokens": ["the", "dog", "runs"]}])
    assert model.eval()(**batch).logits.argmax(-1).tolist() == [[0, 1, 2]]


def test_rows_that_do_not_fit_are_refused() -> None:
    tokenizer = WordTokenizer.train(["the dog runs"])
    with pytest.raises(DataError, match="1 of 2 rows of a batch have labels"):
        TaggingCollator(tokenizer, LABELS)([ROWS[1], {"tokens": ["dog"]}])
    with pytest.raises(DataError, match="no label2id"):
        TaggingCollator(tokenizer)([ROWS[1]])
    with pytest.raises(DataError, match="2 words and 1 labels"):
        TaggingCollator(tokenizer, LABELS)([{"tokens": ["dog", "runs"], "labels": ["NOUN"]}])
