"""Checks of what a head makes of a batch: scores, loss and gradients, whatever stands around a row."""

import torch

from seqkit import plugins
from seqkit.errors import ConfigError
from seqkit.plugins.kinds import BUILT_IN
from seqkit.testing.checks import Skipped
from seqkit.testing.compare import all_same, finite, same
from seqkit.testing.head.bench import B, HeadBench, T, V, batch, beside, slopes
from seqkit.testing.head.registry import HEAD_CHECKS

NO_TOKEN = 10**6


@HEAD_CHECKS("forward-shapes")
def forward_shapes(bench: HeadBench) -> None:
    """Scores have the shape that its Auto class promises, and there is no loss without labels."""
    model, ids = bench.make(), batch()
    outputs = model(ids, **beside(model, ids))
    assert outputs.loss is None, "without labels there is a loss"
    found = tuple(outputs.logits.shape)
    assert found == bench.shape(), f"the scores have the shape {found}; {bench.serves} means {bench.shape()}"
    finite("scores", outputs.logits)


@HEAD_CHECKS("loss-finite-and-differentiable")
def loss_finite_and_differentiable(bench: HeadBench) -> None:
    """With labels there is one finite loss, and it reaches every parameter."""
    model, ids = bench.make().train(), batch()
    loss = model(ids, labels=bench.labels(ids)).loss
    assert loss is not None, "with labels there is no loss"
    assert loss.dim() == 0, f"the loss has the shape {tuple(loss.shape)}; expected one number"
    finite("loss", loss)
    found = slopes(model, loss)
    finite("gradients", *found)
    names = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    idle = [name for name, gradient in zip(names, found, strict=True) if not gradient.any()]
    assert not idle, f"no gradient reaches {', '.join(idle)}"


@HEAD_CHECKS("padding-invariance")
def padding_invariance(bench: HeadBench) -> None:
    """A padded row has the scores, loss and gradients of the row alone, on either side, whatever the padding holds."""
    model, ids = bench.make(), batch(1, 4)
    labels = bench.labels(ids)
    alone = model(ids, labels=labels)
    expected = slopes(model, alone.loss)
    for side, places in (("left", slice(3, 7)), ("right", slice(0, 4))):
        padded, mask = torch.full((1, 7), NO_TOKEN), torch.zeros(1, 7, dtype=torch.long)
        padded[:, places], mask[:, places] = ids, 1
        found = model(padded, attention_mask=mask, labels=bench.spread(labels, places, 7))
        same(f"scores, padded {side}", bench.real(found.logits, places), alone.logits)
        same(f"loss, padded {side}", found.loss, alone.loss)
        all_same(f"gradients, padded {side}", slopes(model, found.loss), expected)


@HEAD_CHECKS("batch-independence")
def batch_independence(bench: HeadBench) -> None:
    """What stands in the other rows, or whether there are any, changes no score of a row."""
    model, ids = bench.make(), batch()
    expected = model(ids, **beside(model, ids)).logits[:1]
    other = torch.cat([ids[:1], (ids[1:] + 1) % V])
    same("the scores of a row among other rows", model(other, **beside(model, other)).logits[:1], expected)
    same("the scores of a row alone", model(ids[:1], **beside(model, ids[:1])).logits, expected)


@HEAD_CHECKS("ignore-index")
def ignore_index(bench: HeadBench) -> None:
    """Labels of -100 are not counted: a batch's loss is the mean of its rows', each with the others' at -100."""
    model, ids = bench.make(), batch()
    labels, parts = bench.labels(ids), []
    for row in range(B):
        only = torch.full_like(labels, -100)
        only[row] = labels[row]
        parts.append(model(ids, labels=only).loss)
    same("the mean of the losses of the rows", torch.stack(parts).mean(), model(ids, labels=labels).loss)


@HEAD_CHECKS("wrong-label-rejected")
def wrong_label_rejected(bench: HeadBench) -> None:
    """A label that is no class is refused with a ValueError that names it."""
    model, ids = bench.make(), batch()
    labels = bench.labels(ids)
    labels.view(-1)[-1] = 999
    refusal = ""
    try:
        model(ids, labels=labels)
    except ValueError as error:
        refusal = str(error)
    assert refusal, "the label 999 is taken for a class"
    assert "999" in refusal, f"the label 999 is refused without being named: {refusal}"


@HEAD_CHECKS("inputs-embeds")
def inputs_embeds(bench: HeadBench) -> None:
    """The vectors of the tokens in place of their ids give the same scores."""
    model, ids = bench.make(), batch()
    target = beside(model, ids)
    vectors = (model.get_encoder() if target else model).get_input_embeddings()(ids)
    same("scores of inputs_embeds", model(inputs_embeds=vectors, **target).logits, model(ids, **target).logits)


@HEAD_CHECKS("return-dict")
def return_dict(bench: HeadBench) -> None:
    """With return_dict=False there is a tuple of what the output holds, in its order."""
    model, ids = bench.make(), batch()
    given = {"labels": bench.labels(ids), "use_cache": False}
    expected, found = model(ids, **given), model(ids, return_dict=False, **given)
    assert type(found) is tuple, f"return_dict=False gives a {type(found).__name__}"
    assert len(found) == len(expected.to_tuple()), f"{len(found)} values in place of {len(expected.to_tuple())}"
    all_same("the values of the tuple", found[:2], [expected.loss, expected.logits])


@HEAD_CHECKS("bidirectional", optional=True)
def bidirectional(bench: HeadBench) -> None:
    """It reads in both directions too, or says that it is causal by refusing the configuration."""
    try:
        model = bench.make(bidirectional=True)
    except ConfigError as error:
        raise Skipped("declared causal only") from error
    ids = batch()
    outputs = model(ids, labels=bench.labels(ids))
    finite("scores in both directions", outputs.logits)
    finite("loss in both directions", outputs.loss)


@HEAD_CHECKS("every-cell")
def every_cell(bench: HeadBench) -> None:
    """It runs with every built-in cell, whatever the cell's state is."""
    cells = [row.name for row in plugins.list_plugins("cells") if row.distribution == BUILT_IN]
    for cell in cells:
        model, ids = bench.make(cell=cell, cell_options={}), batch()
        try:
            outputs = model(ids, labels=bench.labels(ids))
        except Exception as error:
            raise AssertionError(f"with the cell {cell!r} it raised {type(error).__name__}: {error}") from error
        finite(f"loss with the cell {cell!r}", outputs.loss)


@HEAD_CHECKS("bf16-finite")
def bf16_finite(bench: HeadBench) -> None:
    """In bfloat16 scores, loss and gradients are finite."""
    model, ids = bench.make().to(torch.bfloat16), batch(length=T)
    outputs = model(ids, labels=bench.labels(ids))
    finite("scores", outputs.logits)
    finite("loss", outputs.loss)
    finite("gradients", *slopes(model, outputs.loss))
