"""python examples/language_identification.py - which language is a name in? A GRU reads it letter by letter.

Many to one. The names are those of countries, languages and currencies in 15 languages: Germany, Deutschland, Německo,
독일 … They come with the package Babel (`pip install babel`), from the Unicode consortium's CLDR.
`--steps N` sets how long it learns (default 600, about half a minute on 2 cores).
"""

import argparse
from collections import Counter, defaultdict

import numpy as np
from babel import Locale
from datasets import ClassLabel, Dataset
from transformers import DataCollatorWithPadding, EvalPrediction, Trainer, TrainingArguments, pipeline, set_seed

from seqkit import CharTokenizer, RNNConfig, RNNForSequenceClassification

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=600, help="training steps")
steps = parser.parse_args().steps

set_seed(0)

CODES = ["cs", "de", "en", "es", "fi", "fr", "hu", "it", "ko", "nl", "pl", "pt", "sv", "tr", "vi"]
labels = [Locale(code).english_name for code in CODES]

# The data. `Angola` is called so in many languages: nobody could tell which one it is, so such names are left out.
# A name that one language has twice is taken once; so nothing that the model is judged on was there to learn from.
languages_of = defaultdict(set)
for code in CODES:
    locale = Locale(code)
    for names in (locale.territories, locale.languages, locale.currencies):
        for name in names.values():
            languages_of[name.lower()].add(locale.english_name)
rows = [{"text": name, "label": min(found)} for name, found in sorted(languages_of.items()) if len(found) == 1]

dataset = Dataset.from_list(rows).cast_column("label", ClassLabel(names=labels))
dataset = dataset.train_test_split(test_size=0.15, seed=0, stratify_by_column="label")

# A token is a character. Those that occur less than three times become `<unk>`, so that the model learns what a letter
# that it does not know may mean: most are Korean syllables, of which there are thousands.
tokenizer = CharTokenizer.train(dataset["train"]["text"], min_frequency=3)
dataset = dataset.map(lambda batch: tokenizer(batch["text"]), batched=True, remove_columns="text")

# The model reads in both directions: its answer comes from the last letter forwards and from the first backwards.
model = RNNForSequenceClassification(
    RNNConfig(
        cell="gru",
        vocab_size=len(tokenizer),
        embedding_size=32,
        hidden_size=96,
        bidirectional=True,
        pooling="max",
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        id2label=dict(enumerate(labels)),
    )
)


def accuracy(prediction: EvalPrediction) -> dict[str, float]:
    """Give the share of names for which the highest score stands at the right language."""
    return {"accuracy": float(np.mean(prediction.predictions.argmax(-1) == prediction.label_ids))}


trainer = Trainer(
    model=model,
    args=TrainingArguments(
        output_dir="runs/language-identification",
        max_steps=steps,
        per_device_train_batch_size=64,
        per_device_eval_batch_size=256,
        learning_rate=5e-3,
        lr_scheduler_type="cosine",
        warmup_steps=20,
        logging_steps=200,
        save_strategy="no",
        report_to="none",
        dataloader_pin_memory=False,  # of use on a GPU only
        seed=0,
    ),
    train_dataset=dataset["train"],
    eval_dataset=dataset["test"],
    processing_class=tokenizer,
    # Names differ in length; each batch is filled up to its longest one. The model never sees what it is filled with.
    data_collator=DataCollatorWithPadding(tokenizer),
    compute_metrics=accuracy,
)
trainer.train()

# The measure, beside what one gets by always answering with the most frequent language.
majority = Counter(dataset["train"]["label"]).most_common(1)[0][0]
baseline = np.mean(np.array(dataset["test"]["label"]) == majority)
print(f"{len(dataset['train']):,} names to learn from, {len(dataset['test']):,} names to be judged on")
print(f"accuracy: {trainer.evaluate()['eval_accuracy']:.3f}   always {labels[majority]}: {baseline:.3f}")

# Use: names of cities, a kind of name that the model has never seen.
classify = pipeline("text-classification", model=model, tokenizer=tokenizer)
for name in ("런던", "Londýn", "Kööpenhamina", "Göteborg", "Città del Messico", "Mexikóváros", "Thành phố Hồ Chí Minh"):
    (best,) = classify([name])
    print(f"{name:22} {best['label']:12} {best['score']:.2f}")

# Expected output, after the progress of training:
#
# 10,177 names to learn from, 1,797 names to be judged on
# accuracy: 0.800   always Korean: 0.097
# 런던                     Korean       0.89
# Londýn                 Czech        0.81
# Kööpenhamina           Swedish      0.46
# Göteborg               Hungarian    0.72
# Città del Messico      Italian      0.42
# Mexikóváros            Hungarian    0.67
# Thành phố Hồ Chí Minh  Vietnamese   1.00
