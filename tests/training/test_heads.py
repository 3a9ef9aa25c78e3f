"""Which head a training ends in."""

import sys

import pytest

from seqkit import RNNForCausalLM, RNNForTokenClassification, plugins
from seqkit.data.tasks import AUTO_CLASSES, TASKS
from seqkit.errors import ConfigError, UnknownPlugin
from seqkit.training.heads import OWN, head_of, heads_for
from tests import fresh


class Local(RNNForTokenClassification):
    """A head that is registered by hand."""


@pytest.fixture
def doubled(site) -> None:
    """A distribution with a head `doubled` for tokens, which inherits what it serves."""
    fresh.install(site.folder)
    plugins.refresh()


@pytest.mark.parametrize("task", TASKS)
def test_without_a_name_it_is_the_tasks_own(task) -> None:
    assert head_of(task) is plugins.get("heads", OWN.get(task, task))
    assert head_of(task).auto_class_name == AUTO_CLASSES[task]


@pytest.mark.parametrize("name", ["doubled", "seqkit-leaky/doubled", "Seqkit_Leaky/doubled"])
def test_a_plugins_head_by_either_name(name: str, doubled) -> None:
    assert head_of("token-classification", name).__name__ == "RNNDoubled"


def test_a_head_for_another_task_is_refused_and_those_that_fit_are_named(doubled) -> None:
    fit = ", ".join(heads_for("token-classification"))
    assert "doubled" in fit
    with pytest.raises(ConfigError, match=rf"'causal-lm' serves AutoModelForCausalLM.*is served by: {fit}\."):
        head_of("token-classification", "causal-lm")
    with pytest.raises(ConfigError, match=r"'doubled' serves AutoModelForTokenClassification.*served by: causal-lm\.$"):
        head_of("causal-lm", "doubled")


@pytest.mark.parametrize("name", ["", "/", "doubeld", "lstm"])
def test_an_unknown_head_is_a_clear_error(name: str, doubled) -> None:
    with pytest.raises(UnknownPlugin, match="There are: causal-lm"):
        head_of("causal-lm", name)


def test_those_that_fit_are_named_without_an_import(doubled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "seqkit_leaky", raising=False)  # another test may have left it
    assert "doubled" in heads_for("token-classification")
    assert "seqkit_leaky" not in sys.modules


def test_what_cannot_be_used_is_not_offered_and_a_shared_name_is_whole(doubled, site) -> None:
    head = "from seqkit import RNNForCausalLM\nclass Head(RNNForCausalLM):\n    '''A head.'''\n"
    site.install("seqkit-a", "[seqkit.heads]\nx = head_a:Head\nodd = os\n", "1.0", head_a=head)
    site.install("seqkit-b", "[seqkit.heads]\nx = head_b:Head\n", "1.0", head_b=head)
    site.install("seqkit-new", "[seqkit.heads]\nnew = head_a:Head\n", "1.0", "seqkit>=99")
    plugins.register("heads", "mine", Local)
    assert heads_for("causal-lm") == ["causal-lm", "seqkit-a/x", "seqkit-b/x"]
    assert {"mine", "doubled"} < set(heads_for("token-classification"))
    assert head_of("causal-lm", "seqkit-a/x").__mro__[1] is RNNForCausalLM
