"""Gradient-boosted trees beside the additive model, on the same levels.

    COGNATE_DATA=… cognate bench organizations --no-baselines --dump valid.csv
    python3 benches/trees.py valid.csv [--folds 5] [--rounds 300]

The dump holds pairs of near names with the level of every comparison. Pairs are parted into folds by a hash of their left
name; each method is fitted on all folds but one and asked on that one, so that all of them see the same rows. Printed is
the average precision of each, by list and over all lists together:

- shipped: the weight in the dump, of a model that was fitted on other entities (the train part);
- logistic: a logistic regression with one weight for each level, and nothing else;
- pairwise: boosted trees of two comparisons at most each, whose sum is a weight for each level and for each combination of
  two levels, as in cognate's own models; with levels that never fall where cognate's never fall;
- trees: boosted trees as they are; trees, monotone: those with the same constraints.

Needs scikit-learn, pandas and numpy.
"""

import argparse
import hashlib
import sys

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.preprocessing import OneHotEncoder

OTHERS = ["task", "left", "right", "label", "tf_idf", "weight", "probability"]
# Comparisons whose higher levels need not mean more likeness.
FREE = {"codes", "magnitude", "script"}


def fold_of(name, folds):
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % folds


def logistic(levels, labels, asked, _):
    encoder = OneHotEncoder(handle_unknown="ignore", dtype=np.float32)
    model = LogisticRegression(C=1.0, max_iter=300)
    model.fit(encoder.fit_transform(levels), labels)
    return model.decision_function(encoder.transform(asked))


def boosted(**options):
    def fitted(levels, labels, asked, rounds):
        # Level 0 means that a name is missing.
        known = lambda values: np.where(values == 0, np.nan, values).astype(np.float32)
        model = HistGradientBoostingClassifier(
            max_iter=rounds, learning_rate=0.1, l2_regularization=1.0, early_stopping=False, random_state=1, **options
        )
        model.fit(known(levels), labels)
        return model.decision_function(known(asked))

    return fitted


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dump")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=300)
    arguments = parser.parse_args()
    pairs = pd.read_csv(arguments.dump, keep_default_na=False)
    comparisons = [column for column in pairs.columns if column not in OTHERS]
    monotone = [0 if name in FREE else 1 for name in comparisons]
    levels = pairs[comparisons].to_numpy(dtype=np.int16)
    labels = pairs["label"].to_numpy(dtype=np.int8)
    folds = np.array([fold_of(name, arguments.folds) for name in pairs["left"]])
    pairwise = {"interaction_cst": "pairwise", "max_leaf_nodes": 4, "monotonic_cst": monotone}
    methods = {
        "logistic": logistic,
        "pairwise": boosted(**pairwise),
        "trees": boosted(),
        "trees, monotone": boosted(monotonic_cst=monotone),
    }
    scores = {"shipped": pairs["weight"].to_numpy(dtype=float)}
    for name, method in methods.items():
        print(f"fitting: {name}", file=sys.stderr, flush=True)
        score = np.zeros(len(pairs))
        for fold in range(arguments.folds):
            inside = folds != fold
            score[~inside] = method(levels[inside], labels[inside], levels[~inside], arguments.rounds)
        scores[name] = score
    print(f"{len(pairs)} pairs, {labels.sum()} matches, {arguments.folds} folds, {arguments.rounds} rounds")
    print("list".ljust(18) + "".join(name.rjust(17) for name in scores) + "trees - pairwise".rjust(18))
    for task in [*pairs["task"].unique(), None]:
        rows = np.ones(len(pairs), dtype=bool) if task is None else (pairs["task"] == task).to_numpy()
        found = {name: average_precision_score(labels[rows], score[rows]) for name, score in scores.items()}
        cells = "".join(f"{figure:17.3f}" for figure in found.values())
        print((task or "all pooled").ljust(18) + cells + f"{found['trees'] - found['pairwise']:18.3f}")


if __name__ == "__main__":
    main()
