import torch

from seqkit.engine.tracing import tracing


class Asks(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + 1 if tracing() else x - 1


def test_every_tracer_is_noticed_and_nothing_else() -> None:
    x, asks = torch.zeros(2), Asks()
    assert torch.equal(asks(x), x - 1)
    assert torch.equal(torch.compile(asks, backend="eager")(x), x + 1)
    assert torch.equal(torch.export.export(asks, (x,)).module()(x), x + 1)
    assert torch.equal(torch.jit.trace(asks, x, check_trace=False)(x), x + 1)
    assert torch.equal(asks(x), x - 1)
