from pathlib import Path

import pytest
from transformers import pipeline

from seqkit import CharTokenizer, WordTokenizer
from seqkit.inference.translator import translate
from seqkit.pipelines.text2text import TASK, Text2TextPipeline
from seqkit.tokenizers.pair import save_tokenizers
from seqkit.training.seq2seq import side_fields
from tests.fresh import printed
from tests.seq2seq import model

TEXTS = ["ein hund", "eine katze schläft"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Save a model with two tokenizers."""
    source = WordTokenizer.train(TEXTS, split="whitespace", add_eos=True)
    target = CharTokenizer.train(["개 고양이"], add_eos=True)
    model(**side_fields(source, target), attention="general").save_pretrained(tmp_path)
    save_tokenizers(tmp_path, source, target)
    return tmp_path


def test_a_folder_is_enough(folder: Path) -> None:
    made = pipeline(TASK, model=str(folder))
    assert type(made) is Text2TextPipeline
    expected = translate(made.model, made.tokenizer, made.target_tokenizer, TEXTS, num_beams=3, max_new_tokens=5)
    assert type(made.target_tokenizer) is CharTokenizer
    found = made(TEXTS, num_beams=3, max_new_tokens=5)
    assert [row[0]["generated_text"] for row in found] == expected
    together = made(TEXTS, batch_size=2, num_beams=3, max_new_tokens=5)
    assert together == found
    several = made(TEXTS[0], num_beams=3, num_return_sequences=2, max_new_tokens=5)
    assert len(several) == 2
    cut = made(TEXTS[1], truncation=True, max_source_length=1, max_new_tokens=5)
    assert len(cut) == 1


@pytest.mark.parametrize("order", ["import seqkit, transformers.pipelines", "import transformers.pipelines, seqkit"])
def test_the_task_is_known_in_either_order(order: str, tmp_path: Path) -> None:
    code = f"{order}\nfrom transformers.pipelines import PIPELINE_REGISTRY as r\nprint('{TASK}' in r.supported_tasks)"
    assert printed(code, tmp_path) == ["True"]
