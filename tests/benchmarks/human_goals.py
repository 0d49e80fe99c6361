"""What is usual in human music of the goals that a composition may be asked to come near to (``metrics.goals``).

    python tests/benchmarks/human_goals.py

prints mean, standard deviation and the middle 90 % of every goal, over every fourth fiddle tune and chorale. Minutes.
"""

import numpy as np

from workbench.corpora import CORPORA
from workbench.metrics.features import feature_table
from workbench.metrics.goals import GOALS

SHARE = 4


def main() -> None:
    """Measure, and print a line a goal."""
    for name in ("ryans-mammoth", "bach-chorales"):
        corpus = CORPORA.get(name)
        scores = [corpus.read(member).score for member in corpus.members()[::SHARE]]
        table = feature_table(scores, [goal.feature for goal in GOALS.values()])
        print(f"{name}, {len(scores)} pieces")
        for goal, column in zip(GOALS, table.T, strict=True):
            known = column[~np.isnan(column)]
            if len(known):
                low, high = np.percentile(known, [5, 95])
                print(
                    f"  {goal:12} {known.mean():7.3f} ± {known.std():.3f}, {low:.3f} to {high:.3f}"
                )


if __name__ == "__main__":
    main()
