"""`python -m bench.conversations train|evaluate DATA`: makes the reply model from annotated logs, and measures it.

    python -m bench.conversations train CORPUS/train [--output FOLDER]
    python -m bench.conversations evaluate CORPUS/dev [MORE_FOLDERS ...]

`evaluate` runs the shipped model as the product does, with every line from left to right, and prints its measures (of
the annotated lines) and what deciding a line costs, for each folder and, where the names of files tell them, for each
community. numpy, scipy and scikit-learn are needed:
`pip install -r bench/conversations/requirements.txt`.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from pathlib import Path

# The sums of several threads differ in their last digits: the model would not be the same twice.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

from bench.conversations import corpus, measures, training  # noqa: E402
from logs.conversations import model  # noqa: E402

SHOWN_CONFIDENCES = (0.5, 0.7, 0.9)
HEADING = (
    f"{'':24} |     P     R     F |    VI   1-1 exact |"
    + "".join(f" P/R at {least:.1f}" for least in SHOWN_CONFIDENCES)
    + " | µs/line"
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.conversations", description=(__doc__ or "").split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="make the model from annotated logs")
    train.add_argument("folder", type=Path)
    train.add_argument("--output", type=Path, default=Path(model.__file__).parent, help="default: logs/conversations")
    evaluate = commands.add_parser("evaluate", help="print measures and cost of the shipped model")
    evaluate.add_argument("folders", type=Path, nargs="+")
    options = parser.parse_args()
    if options.command == "train":
        options.output.mkdir(parents=True, exist_ok=True)
        made, words = training.train(corpus.read_folder(options.folder), report=lambda step: print(step, flush=True))
        (options.output / "model.json").write_text(training.dump(made))
        (options.output / "words.json").write_text(training.dump(words))
        return
    print(HEADING)
    for folder in options.folders:
        print_measures(folder)


def print_measures(folder: Path) -> None:
    """Print a row for the folder, and one for each group of files that share the first part of their name."""
    logs = corpus.read_folder(folder)
    groups = {name: list(members) for name, members in itertools.groupby(logs, lambda log: log.name.split(".")[0])}
    if 1 < len(groups) < len(logs):
        for name, members in groups.items():
            print_row(name, members)
    print_row(folder.name, logs)


def print_row(name: str, logs: list[corpus.AnnotatedLog]) -> None:
    shipped, table = model.load_model()
    found: dict[tuple[str, int], tuple[int, float]] = {}
    lines = 0
    started = time.process_time()
    for log in logs:
        links = training.link_with(log, table, shipped.choose, context=len(log.messages))
        lines += len(links)
        found |= {(log.name, line): link for line, link in links.items() if line >= log.first_annotated}
    cost = 1e6 * (time.process_time() - started) / lines
    result = measures.measure(logs, {line: target for line, (target, _) in found.items()})
    rates = [rate_shown(logs, found, least) for least in SHOWN_CONFIDENCES]
    cells = [result.precision, result.recall, result.f], [result.vi, result.one_to_one, result.exact_f]
    links, conversations = ("".join(f"{value:6.1f}" for value in row) for row in cells)
    shown = "".join(f"  {precision:4.1f}/{recall:4.1f}" for precision, recall in rates)
    print(f"{name[:24]:24} |{links} |{conversations} |{shown} | {cost:7.0f}", flush=True)


def rate_shown(
    logs: list[corpus.AnnotatedLog], found: dict[tuple[str, int], tuple[int, float]], least: float
) -> tuple[float, float]:
    """Precision and recall of links of at least this confidence; "begins a conversation" counts as a link to itself."""
    shown = {key: target for key, (target, confidence) in found.items() if confidence >= least}
    gold = {(log.name, line): targets for log in logs for line, targets in log.answers.items()}
    right = sum(target in gold.get(key, set()) for key, target in shown.items())
    return 100 * right / max(1, len(shown)), 100 * right / sum(map(len, gold.values()))


if __name__ == "__main__":
    main()
