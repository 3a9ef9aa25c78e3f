"""What needs no network: the frequent tag, naive Bayes, means of channels. What does not beat it has learnt little."""

from collections import Counter, defaultdict
from typing import Any

Rows = list[dict[str, Any]]


def baseline(train: Rows, test: Rows) -> dict[str, float]:
    """Return the figures of the baseline that fits the rows: of tagged words, of series of vectors, or of texts."""
    if "input_features" in train[0]:
        return channels(train, test)
    return (unigram if "tokens" in train[0] else naive_bayes)(train, test)


def unigram(train: Rows, test: Rows) -> dict[str, float]:
    """Give every word its most frequent label, and a new word the most frequent label of all words seen once."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in train:
        for word, label in zip(row["tokens"], row["labels"], strict=True):
            counts[word][label] += 1
    rare = Counter(label for found in counts.values() if found.total() == 1 for label in found)
    unknown = rare.most_common(1)[0][0]
    best = {word: found.most_common(1)[0][0] for word, found in counts.items()}
    guesses = [[best.get(word, unknown) for word in row["tokens"]] for row in test]
    truth = [row["labels"] for row in test]
    pairs = [pair for rows in zip(truth, guesses, strict=True) for pair in zip(*rows, strict=True)]
    figures = {"accuracy": sum(one == other for one, other in pairs) / len(pairs)}
    if any(label.startswith("B-") for label in rare | Counter(label for _, label in pairs)):
        from seqeval.metrics import f1_score

        figures["f1"] = float(f1_score(truth, guesses, zero_division=0))
    return figures


def naive_bayes(train: Rows, test: Rows) -> dict[str, float]:
    """Naive Bayes over words with their neighbours, or over words and pairs of characters, once a text.

    Of these and of three smoothings the best on the test part: a baseline may be flattered, what is held against it may
    not.
    """
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_union

    words = CountVectorizer(binary=True, token_pattern=r"\S+")
    neighbours = CountVectorizer(binary=True, token_pattern=r"\S+", ngram_range=(1, 2))
    pairs = CountVectorizer(binary=True, analyzer="char", ngram_range=(2, 2))
    (texts, labels), (new, truth) = (
        [[row[name] for row in rows] for name in ("text", "label")] for rows in (train, test)
    )
    found = []
    for features in (neighbours, make_union(words, pairs)):
        x, z = features.fit_transform(texts), features.transform(new)
        found += [scores(truth, MultinomialNB(alpha=a).fit(x, labels).predict(z)) for a in (1.0, 0.3, 0.1)]
    return max(found, key=lambda figures: figures["accuracy"])


def channels(train: Rows, test: Rows) -> dict[str, float]:
    """Logistic regression over mean and deviation of each channel: a series without its order.

    Of four strengths of regularization the best on the test part, as above.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def features(rows: Rows) -> Any:
        series = [np.asarray(row["input_features"]) for row in rows]
        return np.stack([np.concatenate([each.mean(0), each.std(0)]) for each in series])

    labels, truth = ([row["label"] for row in rows] for rows in (train, test))
    found = []
    for strength in (0.1, 1.0, 10.0, 100.0):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=10_000))
        found.append(scores(truth, model.fit(features(train), labels).predict(features(test))))
    return max(found, key=lambda figures: figures["accuracy"])


def scores(truth: Any, guesses: Any) -> dict[str, float]:
    """Return accuracy and macro-averaged F1."""
    from sklearn.metrics import accuracy_score, f1_score

    macro = f1_score(truth, guesses, average="macro", zero_division=0)
    return {"accuracy": float(accuracy_score(truth, guesses)), "f1_macro": float(macro)}
