"""python examples/char_lm.py - an LSTM reads the sources of Python's library and learns to write something alike.

A language model of characters: at every place it says how likely each character is to come next. Nobody tells it what
a word, a bracket or an indented block is. `--steps N` sets how long it learns (default 900, about a minute on 2 cores).
"""

import argparse
import math
import random
import sysconfig
from collections import Counter
from pathlib import Path

from datasets import Dataset
from transformers import DataCollatorForLanguageModeling, Trainer, TrainingArguments, set_seed

from seqkit import CharTokenizer, RNNConfig, RNNForCausalLM

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=900, help="training steps")
steps = parser.parse_args().steps

set_seed(0)

# The data: some files of the library that every Python brings with it. The model is judged on files it never read.
files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
texts = [file.read_text(encoding="utf-8") for file in random.sample(files, 40)]
train_texts, test_texts = texts[:36], texts[36:]

# A token is a character; the vocabulary is every character of the training files.
tokenizer = CharTokenizer.train(train_texts)

BLOCK = 128  # characters that are read, and looked back through, in one training step


def to_blocks(batch: dict[str, list]) -> dict[str, list]:
    """Turn texts into token ids, and these into rows of equal length: no padding, nothing lost but the last few."""
    ids = [token for text in batch["text"] for token in tokenizer(text)["input_ids"]]
    return {"input_ids": [ids[start : start + BLOCK] for start in range(0, len(ids) - BLOCK + 1, BLOCK)]}


def make_dataset(texts: list[str]) -> Dataset:
    """Give a data set with a column `input_ids`."""
    return Dataset.from_dict({"text": texts}).map(to_blocks, batched=True, remove_columns="text")


train_set, test_set = make_dataset(train_texts), make_dataset(test_texts)

# The model: a vector for each character, an LSTM, and scores for the next character.
model = RNNForCausalLM(
    RNNConfig(
        cell="lstm",
        vocab_size=len(tokenizer),
        embedding_size=64,
        hidden_size=256,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
)
print(f"{len(tokenizer)} characters, {model.num_parameters():,} weights, {len(train_set):,} blocks of {BLOCK}")

trainer = Trainer(
    model=model,
    args=TrainingArguments(
        output_dir="runs/char-lm",
        max_steps=steps,
        per_device_train_batch_size=16,
        per_device_eval_batch_size=64,
        learning_rate=5e-3,
        lr_scheduler_type="cosine",
        warmup_steps=20,
        logging_steps=150,
        prediction_loss_only=True,
        save_strategy="no",
        report_to="none",
        dataloader_pin_memory=False,  # of use on a GPU only
        seed=0,
    ),
    train_dataset=train_set,
    eval_dataset=test_set,
    # `mlm=False`: the labels are the characters themselves; the model shifts them by one.
    data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False),
)
trainer.train()

# The measure: bits per character. Who knows nothing but how frequent each character is needs this many:
counts = Counter("".join(train_texts))
total = counts.total()
test_text = "".join(test_texts)
baseline = sum(-math.log2(counts[character] / total) for character in test_text if character in counts) / len(test_text)
bits = trainer.evaluate()["eval_loss"] / math.log(2)  # the loss is in nats
print(f"bits per character on unseen files: {bits:.2f}   by frequency alone: {baseline:.2f}")

# Writing: the model is given a beginning, draws a character, reads it, draws the next.
prompt = tokenizer("    def ", return_tensors="pt")
written = model.generate(**prompt, max_new_tokens=300, do_sample=True, temperature=0.6)
print(tokenizer.decode(written[0]))

# Expected output, after the progress of training, with the long line broken:
#
# 101 characters, 362,149 weights, 9,632 blocks of 128
# bits per character on unseen files: 2.37   by frequency alone: 4.55
#     def __is_number_man(comenter)
#             return bethonding % self._convert__completes_sode(self, noted, args)
#             return Exum a default value exception the a distor in manst a dict class exc not divich or None is
#             of the functions intepation a flage is a that is the heder and is not None
