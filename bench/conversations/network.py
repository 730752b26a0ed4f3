"""A small listwise network in numpy: a softmax over the candidates of a line, trained with Adam on one core."""

import dataclasses
import itertools

import numpy as np

Array = np.ndarray
BATCH_LINES = 64
WEIGHT_DECAY = 1e-5
WARM_UP_STEPS = 200


@dataclasses.dataclass
class Lists:
    """Rows of features in groups, one a line; `target` is positive for the rows that are right."""

    rows: Array  # float16, rows × features
    target: Array  # float32
    sizes: Array  # rows of each group

    @property
    def starts(self) -> Array:
        return np.cumsum(self.sizes) - self.sizes


@dataclasses.dataclass
class Network:
    """Scores rows: relu layers and one number at the end. Without hidden layers it is a linear model."""

    weights: list[Array]
    biases: list[Array]

    @classmethod
    def random(cls, features: int, hidden: tuple[int, ...], seed: int) -> "Network":
        random = np.random.RandomState(seed)
        dims = [features, *hidden, 1]
        weights = [(random.randn(a, b) * np.sqrt(2 / a)).astype("f") for a, b in itertools.pairwise(dims)]
        if not hidden:
            weights[0] *= 0
        return cls(weights, [np.zeros(b, "f") for b in dims[1:]])

    def score(self, rows: Array) -> Array:
        return self.activations(rows)[-1][:, 0]

    def activations(self, rows: Array) -> list[Array]:
        layers = [rows]
        for k, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            rows = rows @ weight + bias
            if k < len(self.weights) - 1:
                rows = np.maximum(rows, 0)
            layers.append(rows)
        return layers


def softmax(scores: Array, starts: Array, sizes: Array) -> Array:
    """Probabilities within each group."""
    exponent = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), sizes))
    return exponent / np.repeat(np.add.reduceat(exponent, starts), sizes)


def train(
    data: Lists,
    hidden: tuple[int, ...],
    *,
    epochs: int,
    rate: float,
    seed: int,
    dropped: Array | None = None,
    dropout: float = 0.0,
    soft: bool = False,
) -> Network:
    """Minimise the cross entropy with `target`; the same arguments give the same weights.

    `dropped`: features set to 0. `soft`: `target` has probabilities; otherwise any of the right rows will do.
    """
    network = Network.random(data.rows.shape[1], hidden, seed)
    random = np.random.RandomState(seed + 1)
    parameters = network.weights + network.biases
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    starts = data.starts
    usable = np.nonzero(np.add.reduceat(data.target, starts) > 0.5)[0]
    total_steps = epochs * (len(usable) // BATCH_LINES + 1)
    step = 0
    for _ in range(epochs):
        random.shuffle(usable)
        for start in range(0, len(usable), BATCH_LINES):
            groups = usable[start : start + BATCH_LINES]
            sizes = data.sizes[groups]
            batch_starts = np.cumsum(sizes) - sizes
            chosen = np.repeat(starts[groups] - batch_starts, sizes) + np.arange(sizes.sum())
            rows = data.rows[chosen].astype("f")
            if dropped is not None:
                rows[:, dropped] = 0
            step += 1
            gradients = _gradients(network, rows, data.target[chosen], sizes, batch_starts, random, dropout, soft)
            learning = rate * min(1, step / WARM_UP_STEPS) * (1 - 0.97 * step / total_steps)
            for k, gradient in enumerate(gradients):
                # Adam, with the usual constants. https://arxiv.org/abs/1412.6980
                first[k] += 0.1 * (gradient - first[k])
                second[k] += 0.001 * (gradient * gradient - second[k])
                mean, variance = first[k] / (1 - 0.9**step), second[k] / (1 - 0.999**step)
                parameters[k] -= learning * mean / (np.sqrt(variance) + 1e-8)
    return network


def _gradients(  # noqa: PLR0917
    network: Network,
    rows: Array,
    target: Array,
    sizes: Array,
    starts: Array,
    random: np.random.RandomState,
    dropout: float,
    soft: bool,
) -> list[Array]:
    layers = [rows]
    masks = []
    for k, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        rows = rows @ weight + bias
        if k < len(network.weights) - 1:
            mask = rows > 0
            if dropout:
                mask = mask * ((random.rand(*mask.shape) >= dropout) / (1 - dropout)).astype("f")
            rows = rows * mask
            masks.append(mask)
        layers.append(rows)
    p = softmax(layers[-1][:, 0], starts, sizes)
    # `target` holds positive weights: where several rows are right, the probability of any of them counts, in the
    # proportion in which the network holds them (multiplied by the weights, normalised).
    right = target if soft else p * target
    right = right / np.repeat(np.add.reduceat(right, starts) + 1e-9, sizes)
    delta = ((p - right) / len(sizes)).astype("f")[:, None]
    weights: list[Array] = []
    biases: list[Array] = []
    for k in range(len(network.weights) - 1, -1, -1):
        weights.insert(0, layers[k].T @ delta + WEIGHT_DECAY * network.weights[k])
        biases.insert(0, delta.sum(0))
        if k:
            delta = (delta @ network.weights[k].T) * masks[k - 1]
    return weights + biases
