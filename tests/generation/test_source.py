import pytest
import torch
from transformers import GenerationConfig

from seqkit.errors import DataError
from seqkit.generation.source import check_source
from tests.seq2seq import SOURCE, model


def test_beams_need_an_end_wherever_it_is_said() -> None:
    network = model()
    network.generation_config.eos_token_id = None
    check_source(network, SOURCE, {"num_beams": 1})
    check_source(network, SOURCE, {"num_beams": 2, "eos_token_id": 2})
    check_source(network, SOURCE, {"generation_config": GenerationConfig(num_beams=2, eos_token_id=2)})
    for given in ({"num_beams": 2}, {"generation_config": GenerationConfig(num_beams=2)}):
        with pytest.raises(DataError, match="num_beams is 2, but the model has no end token"):
            check_source(network, SOURCE, given)
    with pytest.raises(DataError, match="no end token"):
        check_source(network, SOURCE, {}, GenerationConfig(num_beams=2))


def test_a_source_is_ids_or_vectors() -> None:
    network = model()
    with pytest.raises(DataError, match=r"input_ids are torch\.float32"):
        check_source(network, SOURCE.float(), {})
    with pytest.raises(DataError, match=r"no source to read\. Give input_features"):
        check_source(model(num_features=3), None, {})
    check_source(network, None, {"inputs_embeds": torch.zeros(1, 2, 6)})
    check_source(network, None, {"encoder_outputs": object()})
