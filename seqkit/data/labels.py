"""Labels and their numbers: learned from the training data, applied everywhere else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from seqkit.errors import DataError

if TYPE_CHECKING:
    import datasets

ProblemType = Literal["single_label_classification", "multi_label_classification", "regression"]

_SHOWN = 20


@dataclass(frozen=True)
class LabelSet:
    """The labels of a task in the order of the model's outputs.

    Args:
        names: the labels; one name for the number that a regression gives.
        problem_type: as transformers calls it: how a row's labels become numbers, and which loss is taken.

    Example:
        >>> labels = LabelSet.learn(["spam", "ham", "ham"])
        >>> labels.label2id, labels.encode("spam")
        ({'ham': 0, 'spam': 1}, 1)
    """

    names: tuple[str, ...]
    problem_type: ProblemType = "single_label_classification"

    @classmethod
    def learn(cls, labels: Iterable[Any], problem_type: ProblemType | None = None) -> "LabelSet":
        """Learn the label set from a training column.

        Args:
            labels: for each row a string (its one class), a float (regression), or a list of strings (several
                labels).
            problem_type: what to make of them; None goes by their type. Whole numbers are classes unless this says
                `"regression"`.

        Returns:
            Labels in alphabetical order (in the order of numbers, if all are whole numbers), whatever the order of
            the rows.

        Raises:
            DataError: there is no label, or one class only: nothing could be learned.
        """
        labels = list(labels)
        problem_type = problem_type or _problem_type(labels)
        if problem_type == "regression":
            return cls(("value",), problem_type)
        if problem_type == "multi_label_classification":
            return cls(_ordered(name for label in labels for name in _as_list(label)), problem_type)
        return cls(_two_or_more(_ordered(labels)))

    @classmethod
    def learn_tags(cls, sentences: Iterable[Sequence[str]]) -> "LabelSet":
        """Learn the label set from the label lists of a token classification data set.

        Args:
            sentences: a list of labels for each row.

        Raises:
            DataError: there is no label, or one class only.
        """
        return cls(_two_or_more(_ordered(tag for sentence in sentences for tag in sentence)))

    @classmethod
    def from_config(cls, config: Any) -> "LabelSet":
        """Take over the label set of a trained model, for its evaluation or further training.

        Args:
            config: a transformers configuration with `id2label` and `problem_type`.
        """
        names = tuple(config.id2label[i] for i in range(config.num_labels))
        usual: ProblemType = "regression" if len(names) == 1 else "single_label_classification"
        return cls(names, config.problem_type or usual)

    @cached_property
    def label2id(self) -> dict[str, int]:
        """The number of each label."""
        return {name: i for i, name in enumerate(self.names)}

    @cached_property
    def id2label(self) -> dict[int, str]:
        """The label of each number."""
        return dict(enumerate(self.names))

    def encode(self, label: Any, where: str = "") -> int | float | list[float]:
        """Turn a row's label into what the loss takes.

        Args:
            label: as in `learn`.
            where: the row, for the message.

        Returns:
            The number of the class; the float itself; or a list of 0.0 and 1.0, one for each label.

        Raises:
            DataError: the label was not seen in training; the message names it, the row, and the nearest known one.
        """
        if self.problem_type == "regression":
            return self._number(label, where)
        if self.problem_type == "multi_label_classification":
            present = {self._id(name, where) for name in _as_list(label)}
            return [float(i in present) for i in range(len(self.names))]
        return self._id(label, where)

    def encode_dataset(self, dataset: "datasets.Dataset", column: str = "label") -> "datasets.Dataset":
        """Put the column `labels`, as models take it, in place of a column of labels.

        Args:
            dataset: a sequence classification data set as `read_dataset` gives it.
            column: the column of labels; default `"label"`.

        Raises:
            DataError: a label was not seen in training.
        """
        import datasets

        encoded = [self.encode(label, f"row {row}") for row, label in enumerate(dataset[column][:], start=1)]
        # On arrow's side: Dataset.add_column would first copy a selection of rows one by one.
        table = dataset.remove_columns(column).with_format("arrow")[:].replace_schema_metadata(None)
        return datasets.Dataset(table.append_column("labels", [encoded]))

    def _id(self, label: Any, where: str) -> int:
        try:
            return self.label2id[str(label)]
        except KeyError:
            raise DataError(unseen(label, self.label2id, where)) from None

    def _number(self, label: Any, where: str) -> float:
        try:
            return float(label)
        except (TypeError, ValueError):
            raise DataError(f"{_at(where)}label {label!r} is no number, but the model was trained on numbers") from None


def unseen(label: Any, known: Iterable[str], where: str = "") -> str:
    """Write the message for a label that was not seen in training.

    Args:
        label: the label.
        known: the labels seen in training.
        where: the row.

    Example:
        >>> print(unseen("hm", ["ham", "spam"]))
        label 'hm' was not seen in training; known are ham, spam; did you mean 'ham'? Mend it, or train with it
    """
    names = [str(name) for name in known]
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    nearest = get_close_matches(str(label), names, n=1)
    hint = f"; did you mean {nearest[0]!r}? Mend it" if nearest else "; mend it, take the row out"
    return f"{_at(where)}label {label!r} was not seen in training; known are {shown}{hint}, or train with it"


def _problem_type(labels: Sequence[Any]) -> ProblemType:
    if labels and all(isinstance(label, float) for label in labels):
        return "regression"
    if labels and all(isinstance(label, list) for label in labels):
        return "multi_label_classification"
    return "single_label_classification"


def _as_list(label: Any) -> list[Any]:
    return label if isinstance(label, list) else [label]


def _at(where: str) -> str:
    return f"{where}: " if where else ""


def _ordered(labels: Iterable[Any]) -> tuple[str, ...]:
    names = {str(label) for label in labels}
    if not names:
        raise DataError("the data has no labels: check label_column")
    if all(name.lstrip("+-").isdecimal() for name in names):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(sorted(names))


def _two_or_more(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) < 2:
        raise DataError(
            f"every row has the one label {names[0]!r}: a classifier needs at least two; add rows of another class, "
            "or choose another label_column"
        )
    return names
