"""The model of the zoo that reads images: a GRU that spells the name of a handwritten digit, in English or in Korean.

`seqkit train` knows no such task, so this one is trained by transformers' own Trainer, as examples/digit_to_words.py.
"""

import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from common import origin
from datasets import Dataset
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from transformers import AutoTokenizer, Trainer, TrainingArguments, default_data_collator, set_seed

import seqkit
from seqkit import CharTokenizer, RNNConfig, RNNForConditionalGeneration
from seqkit.hub.card import write_card
from seqkit.tokenizers.pair import TARGET
from seqkit.training.report import Report, class_report

NAMES = {
    "English": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "Korean": ["영", "하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉"],
}
STEPS, SEED = 700, 0


def parts() -> list[np.ndarray]:
    """Return pixels (N, 64) from 0 to 1 and digits (N,): to learn from and to be judged on, as scikit-learn splits."""
    pixels, digits = load_digits(return_X_y=True)
    a, b, c, d = train_test_split(pixels / 16, digits, test_size=0.25, random_state=SEED, stratify=digits)
    return [a, c, b, d]


def features_of(pixels: np.ndarray, language: str) -> np.ndarray:
    """Make sequences of one step: 64 pixels and a flag for each language, (B, 1, 66)."""
    flags = np.tile([float(language == name) for name in NAMES], (len(pixels), 1))
    return np.concatenate([pixels, flags], 1)[:, None].astype(np.float32)


def labels_of(digits: np.ndarray, language: str, tokenizer: CharTokenizer) -> torch.Tensor:
    """Spell the names (B, T), an end token behind each; -100 fills the short ones up."""
    longest = max(len(name) for names in NAMES.values() for name in names) + 1
    texts = [NAMES[language][digit] for digit in digits]
    encoded = tokenizer(texts, padding="max_length", max_length=longest, return_tensors="pt")
    return encoded["input_ids"].masked_fill(encoded["attention_mask"] == 0, -100)


def learn(folder: Path, command: str, quick: bool) -> Path:
    """Train the model, save it with its tokenizer, and tell in metrics.json how that was."""
    set_seed(SEED)
    pixels, digits = parts()[:2]
    tokenizer = CharTokenizer.train([name for names in NAMES.values() for name in names], add_eos=True)
    columns = {
        "input_features": np.concatenate([features_of(pixels, language) for language in NAMES]),
        "labels": np.concatenate([labels_of(digits, language, tokenizer) for language in NAMES]),
    }
    ids = {name: getattr(tokenizer, name) for name in ("pad_token_id", "bos_token_id", "eos_token_id")}
    sizes = {"num_features": 66, "vocab_size": len(tokenizer), "hidden_size": 128}
    model = RNNForConditionalGeneration(RNNConfig(is_encoder_decoder=True, cell="gru", **sizes, **ids))
    started, cpu = time.perf_counter(), time.process_time()
    fit(model, Dataset.from_dict(columns).with_format("torch"), 2 if quick else STEPS)
    told = {"seconds": round(time.perf_counter() - started, 1), "cpu_seconds": round(time.process_time() - cpu, 1)}
    model.generation_config.max_length = 8
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder / TARGET)
    sizes = {"training rows": 2 * len(pixels), "validation rows": 2 * len(parts()[3]), "vocabulary": len(tokenizer)}
    told |= {
        "task": "series-to-text",
        "metrics": measure(folder).figures,
        "facts": sizes,
        "parameters": model.num_parameters(),
    }
    told |= {**origin(1, SEED), "versions": {"seqkit": seqkit.__version__}}
    write_card(folder, SimpleNamespace(recipe=None, command=command, data=[]), told)
    return folder


def fit(model: Any, rows: Dataset, steps: int) -> None:
    """Train a model on rows of features and labels."""
    with tempfile.TemporaryDirectory() as folder:
        given = {"max_steps": steps, "per_device_train_batch_size": 64, "learning_rate": 5e-3, "warmup_steps": 20}
        given |= {"lr_scheduler_type": "cosine", "save_strategy": "no", "report_to": "none", "seed": SEED}
        arguments = TrainingArguments(folder, **given, use_cpu=True, disable_tqdm=True, logging_strategy="no")
        Trainer(model=model, args=arguments, train_dataset=rows, data_collator=default_data_collator).train()
    model.eval()


def measure(folder: Path) -> Report:
    """Let a saved model spell the images it has not seen; a name is right if every letter is."""
    model = RNNForConditionalGeneration.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, subfolder=TARGET)
    pixels, digits = parts()[2:]
    shares: dict[str, float] = {}
    truth: list[str] = []
    guesses: list[str] = []
    for language, names in NAMES.items():
        ids = model.generate(input_features=torch.from_numpy(features_of(pixels, language)), do_sample=False)
        written = tokenizer.batch_decode(ids, skip_special_tokens=True)
        right = [names[digit] for digit in digits]
        shares[f"exact_match_{language.lower()}"] = float(
            np.mean([a == b for a, b in zip(written, right, strict=True)])
        )
        # By the digit, since few machines have a font with Hangul for the picture.
        called = {text: f"{language} {digit}" for digit, text in enumerate(names)}
        truth += [called[text] for text in right]
        guesses += [called.get(text, "no name") for text in written]
    report = class_report(truth, guesses)
    report.figures = {"exact_match": sum(shares.values()) / len(shares), **shares}
    return report
