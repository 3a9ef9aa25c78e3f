"""python examples/digit_to_words.py - looks at a handwritten digit and spells its name, in English or in Korean.

One to many: one vector in, letters out. The vector is an image of 8 x 8 pixels (scikit-learn's digits) and two flags
that say in which language to write. There are ten texts to learn in each language, so this is no captioning: all that
is hard is to see which digit it is. It shows how a feature vector becomes the beginning of a text.
`--steps N` sets how long it learns (default 700). It needs `pip install scikit-learn`.
"""

import argparse

import numpy as np
import torch
from datasets import Dataset
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from transformers import Trainer, TrainingArguments, default_data_collator, set_seed

from seqkit import CharTokenizer, RNNConfig, RNNForConditionalGeneration

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=700, help="training steps")
steps = parser.parse_args().steps

set_seed(0)

NAMES = {
    "English": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "Korean": ["영", "하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉"],
}

# A quarter of the images is held back, the same share of every digit. An image is in one part only, in both languages.
pixels, digits = load_digits(return_X_y=True)
split = train_test_split(pixels / 16, digits, test_size=0.25, random_state=0, stratify=digits)
train_pixels, test_pixels, train_digits, test_digits = split

tokenizer = CharTokenizer.train([name for names in NAMES.values() for name in names], add_eos=True)


def features_of(pixels: np.ndarray, language: str) -> np.ndarray:
    """Make sequences of one step: 64 pixels and a flag for each language, (B, 1, 66)."""
    flags = np.tile([float(language == name) for name in NAMES], (len(pixels), 1))
    return np.concatenate([pixels, flags], 1)[:, None].astype(np.float32)


def labels_of(digits: np.ndarray, language: str) -> torch.Tensor:
    """Spell the names (B, T), an end token behind each; -100, which is not counted, fills the short ones up."""
    longest = max(len(name) for names in NAMES.values() for name in names) + 1
    texts = [NAMES[language][digit] for digit in digits]
    encoded = tokenizer(texts, padding="max_length", max_length=longest, return_tensors="pt")
    return encoded["input_ids"].masked_fill(encoded["attention_mask"] == 0, -100)


train_set = Dataset.from_dict(
    {
        "input_features": np.concatenate([features_of(train_pixels, language) for language in NAMES]),
        "labels": np.concatenate([labels_of(train_digits, language) for language in NAMES]),
    }
).with_format("torch")

# The encoder reads its one step; its state is where the decoder begins. There is nothing to attend to.
model = RNNForConditionalGeneration(
    RNNConfig(
        is_encoder_decoder=True,
        cell="gru",
        num_features=66,
        vocab_size=len(tokenizer),
        hidden_size=128,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
)
print(f"{len(train_pixels):,} images to learn from, {len(test_pixels)} held back, {model.num_parameters():,} weights")

trainer = Trainer(
    model=model,
    args=TrainingArguments(
        output_dir="runs/digit-to-words",
        max_steps=steps,
        per_device_train_batch_size=64,
        learning_rate=5e-3,
        lr_scheduler_type="cosine",
        warmup_steps=20,
        logging_steps=200,
        save_strategy="no",
        report_to="none",
        dataloader_pin_memory=False,  # of use on a GPU only
        seed=0,
    ),
    train_dataset=train_set,
    data_collator=default_data_collator,
)
trainer.train()


def spell(pixels: np.ndarray, language: str) -> list[str]:
    """Write the names of what stands in the images."""
    features = torch.from_numpy(features_of(pixels, language)).to(model.device)
    written = model.generate(input_features=features, max_new_tokens=8, do_sample=False)
    return tokenizer.batch_decode(written, skip_special_tokens=True)


# The measure: a name is right if every letter is. A linear classifier of the pixels stands beside it.
model.eval()
for language, names in NAMES.items():
    right = [text == names[digit] for text, digit in zip(spell(test_pixels, language), test_digits, strict=True)]
    print(f"{language}: {np.mean(right):.3f} of the held-back images are spelt exactly")
linear = LogisticRegression(max_iter=1000).fit(train_pixels, train_digits).score(test_pixels, test_digits)
print(f"which digit it is, by logistic regression: {linear:.3f}")

for english, korean, digit in zip(
    spell(test_pixels[:5], "English"), spell(test_pixels[:5], "Korean"), test_digits, strict=False
):
    print(f"{digit}   {english:6} {korean}")

# Expected output, after the progress of training:
#
# 1,347 images to learn from, 450 held back, 182,817 weights
# English: 0.976 of the held-back images are spelt exactly
# Korean: 0.978 of the held-back images are spelt exactly
# which digit it is, by logistic regression: 0.969
# 2   two    둘
# 0   zero   영
# 4   four   넷
# 9   nine   아홉
# 4   four   넷
