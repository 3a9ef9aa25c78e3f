"""python examples/blood_pressure.py - is somebody's blood pressure low, normal or high? One vector in, one class out.

One to one: a recurrent network whose sequence has one step is a plain network, h = GRU(x, 0) and scores of classes.
It runs through the same head as a text of any length would. The data are scikit-learn's 442 patients: age, body mass
and six blood values; the classes are the thirds of their blood pressure. It needs `pip install scikit-learn`.
"""

import numpy as np
import torch
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from transformers import set_seed

from seqkit import RNNConfig, RNNForSequenceClassification

LABELS = ["low", "normal", "high"]
COLUMNS = ["age", "bmi", "s1", "s2", "s3", "s4", "s5", "s6"]

# Scaled by its own mean and deviation in the package; `bp`, the pressure, is what is asked for and no input.
table = load_diabetes(as_frame=True).data
x = torch.tensor((table[COLUMNS] / table[COLUMNS].std()).to_numpy(), dtype=torch.float32)[:, None]  # (B, 1, 8)
pressure = table["bp"].to_numpy()
y = torch.from_numpy(np.digitize(pressure, np.quantile(pressure, [1 / 3, 2 / 3])))  # (B,)
print(f"x {tuple(x.shape)}   patients, steps, values;   y {tuple(y.shape)}   " + str(np.bincount(y)))


def learn(x: torch.Tensor, y: torch.Tensor) -> RNNForSequenceClassification:
    """Train a network on all patients at once; weight decay and dropout, since there are few of them."""
    set_seed(0)
    model = RNNForSequenceClassification(
        RNNConfig(
            cell="gru",
            num_features=len(COLUMNS),
            hidden_size=16,
            output_dropout=0.2,
            id2label=dict(enumerate(LABELS)),
        )
    ).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
    for _ in range(100):
        optimizer.zero_grad()
        model(input_features=x, labels=y).loss.backward()
        optimizer.step()
    return model.eval()


# Every patient is judged once, by a network that has not seen him: five parts, each held back in turn.
folds = StratifiedKFold(5, shuffle=True, random_state=0)
ours, theirs = [], []
for train, test in folds.split(x, y):
    model = learn(x[train], y[train])
    with torch.no_grad():
        logits = model(input_features=x[test]).logits  # (B, 3)
    ours.append((logits.argmax(-1) == y[test]).float().mean().item())
    linear = LogisticRegression(max_iter=1000).fit(x[train, 0], y[train])
    theirs.append(linear.score(x[test, 0], y[test]))

print(f"always the largest class   {np.bincount(y).max() / len(y):.3f}")
print(f"logistic regression        {np.mean(theirs):.3f} +- {np.std(theirs):.3f} over five parts")
print(f"GRU of one step            {np.mean(ours):.3f} +- {np.std(ours):.3f}")

scores = logits[:3].softmax(-1)
for row, index in zip(scores, test[:3], strict=True):
    print("  ".join(f"{name} {score:.2f}" for name, score in zip(LABELS, row.tolist(), strict=True)), end="   ")
    print(f"is {LABELS[y[index]]}")

# Expected output:
#
# x (442, 1, 8)   patients, steps, values;   y (442,)   [133 159 150]
# always the largest class   0.360
# logistic regression        0.486 +- 0.032 over five parts
# GRU of one step            0.511 +- 0.051
# low 0.54  normal 0.46  high 0.00   is normal
# low 0.53  normal 0.46  high 0.01   is normal
# low 0.13  normal 0.11  high 0.77   is low
