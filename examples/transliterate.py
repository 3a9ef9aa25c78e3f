"""python examples/transliterate.py - how is `Warsaw` written in Korean? A GRU spells names, and reads them back.

Many to many, delayed: an encoder reads a name in both directions, then a decoder writes, looking back at the letters by
additive attention. The names are countries, languages and cities from the Unicode consortium's CLDR, as the package
Babel has them. Many are no transliterations (Germany is 독일, a language ends in 어), so nobody could get all right.
Korean is learnt as jamo, the letters of its syllables; figures are of whole names, as one writes them.
`--steps N` sets how long each direction learns (default 400). It needs `pip install babel sacrebleu matplotlib`.
"""

import argparse
import random
import unicodedata
from dataclasses import replace
from pathlib import Path

import torch
from babel import Locale
from sacrebleu import corpus_chrf
from transformers import set_seed

from seqkit import CharTokenizer, RNNConfig, RNNForConditionalGeneration
from seqkit.diagnostics.alignment import align, plot_alignment

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=400, help="training steps of each direction")
steps = parser.parse_args().steps


def names(code: str) -> dict[str, str]:
    """Give the names of a language by what they name; CLDR leaves out cities that English writes as their key."""
    locale = Locale(code)
    cities = {key: zone.get("city") for key, zone in locale.time_zones.items() if "/" in key}
    if code == "en":
        keys = (key for key in Locale("ko").time_zones if "/" in key)
        cities = {key: cities.get(key) or key.rsplit("/")[-1].replace("_", " ") for key in keys}
    return {**cities, **locale.territories, **{f"language {key}": name for key, name in locale.languages.items()}}


# The data: names of letters alone, a part in brackets or a hyphen is no spelling. One name in ten is held back; a name
# that stands in both lists of a language is taken once.
english, korean = names("en"), names("ko")
pairs = {(english[key], korean[key]) for key in english.keys() & korean.keys() if english[key] and korean[key]}
pairs = {pair for pair in pairs if all(name.replace(" ", "").isalpha() for name in pair)}
pairs = sorted({a: (a, b) for a, b in sorted(pairs)}.values())
random.Random(0).shuffle(pairs)
held_back, learnt = pairs[: len(pairs) // 10], pairs[len(pairs) // 10 :]
print(f"{len(learnt):,} names to learn from, {len(held_back)} held back")


def spelt(name: str) -> str:
    """Take syllables apart into jamo; English stays what it is."""
    return unicodedata.normalize("NFD", name)


def ids_of(tokenizer: CharTokenizer, texts: list[str]) -> dict[str, torch.Tensor]:
    """Encode names, short ones filled up."""
    encoded = tokenizer([spelt(text) for text in texts], padding=True, return_tensors="pt")
    return {name: encoded[name] for name in ("input_ids", "attention_mask")}


def learn(pairs: list[tuple[str, str]]) -> tuple[RNNForConditionalGeneration, CharTokenizer, CharTokenizer]:
    """Train one direction; give the model, and the tokenizers of both sides."""
    set_seed(0)
    source, target = (CharTokenizer.train(map(spelt, side), add_eos=True) for side in zip(*pairs, strict=True))
    model = RNNForConditionalGeneration(
        RNNConfig(
            is_encoder_decoder=True,
            cell="gru",
            encoder_vocab_size=len(source),
            vocab_size=len(target),
            embedding_size=48,
            hidden_size=96,
            bidirectional=True,
            attention="additive",
            output_dropout=0.3,
            input_dropout=0.2,
            pad_token_id=target.pad_token_id,
            bos_token_id=target.bos_token_id,
            eos_token_id=target.eos_token_id,
        )
    ).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=steps)
    for _ in range(steps):
        batch = random.sample(pairs, 64)
        written = ids_of(target, [pair[1] for pair in batch])
        labels = written["input_ids"].masked_fill(written["attention_mask"] == 0, -100)
        optimizer.zero_grad()
        model(**ids_of(source, [pair[0] for pair in batch]), labels=labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model.eval(), source, target


def errors(written: str, right: str) -> int:
    """Count the letters that must be put in, taken out or changed (Levenshtein, 1966)."""
    row = list(range(len(right) + 1))
    for i, a in enumerate(written, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


def shown(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Call jamo by their names in pictures: few machines have a font for them."""
    labels = {token: unicodedata.name(token) for token in tokens if len(token) == 1}
    return tuple(labels[t].split()[-1].lower() if "HANGUL" in labels.get(t, "") else t for t in tokens)


Path("runs").mkdir(exist_ok=True)
for title, back in {"English to Korean": False, "Korean to English": True}.items():
    model, source, target = learn([pair[::-1] for pair in learnt] if back else learnt)
    asked, right = zip(*[pair[::-1] for pair in held_back] if back else held_back, strict=True)
    ids = model.generate(**ids_of(source, list(asked)), num_beams=4, max_new_tokens=40)
    written = [unicodedata.normalize("NFC", text) for text in target.batch_decode(ids, skip_special_tokens=True)]
    exact = sum(a == b for a, b in zip(written, right, strict=True)) / len(right)
    wrong = sum(errors(spelt(a), spelt(b)) for a, b in zip(written, right, strict=True))
    rate = wrong / sum(len(spelt(name)) for name in right)
    chrf = corpus_chrf(written, [list(right)]).score
    print(f"{title}: exactly right {exact:.2f}, letters wrong {rate:.2f}, chrF {chrf:.1f}")
    for name, found, truth in list(zip(asked, written, right, strict=True))[:4]:
        print(f"  {name} -> {found} ({truth})")
    # Where it looked: rows are what it wrote, columns the name, which is none of the data's.
    name = "바르셀로나" if back else "Barcelona"
    (found,) = align(model, source, target, [spelt(name)], num_beams=4, max_new_tokens=40)
    figure = plot_alignment(replace(found, source=shown(found.source), target=shown(found.target)))
    figure.savefig(f"runs/alignment-{title.replace(' ', '-').lower()}.png", bbox_inches="tight")
    end = "".join(token for token in found.target if len(token) == 1)
    print(f"  {name} -> {unicodedata.normalize('NFC', end)}")
print("see runs/alignment-english-to-korean.png and runs/alignment-korean-to-english.png")

# Expected output:
#
# 1,050 names to learn from, 116 held back
# English to Korean: exactly right 0.25, letters wrong 0.33, chrF 37.6
#   Mapuche -> 마푸크어 (마푸둥군어)
#   Tokyo -> 토키오 (도쿄)
#   Eastern Africa -> 동아프리카 (동부 아프리카)
#   Ceuta -> 추타어 (세우타)
#   Barcelona -> 바르켈로나
# Korean to English: exactly right 0.25, letters wrong 0.33, chrF 47.2
#   마푸둥군어 -> Mapudungu (Mapuche)
#   도쿄 -> Doko (Tokyo)
#   동부 아프리카 -> Southern Africa (Eastern Africa)
#   세우타 -> Seuta (Ceuta)
#   바르셀로나 -> Barselona
# see runs/alignment-english-to-korean.png and runs/alignment-korean-to-english.png
