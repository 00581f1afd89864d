"""Both sides of chapter 4's equations, ready for `Checked`: on captured walks, or on the toy mixture.

Not for drawing, and not for the formulas themselves (see `walking`).
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from course.maths import walking
from course.maths.walking import TOY, Mixture
from course.precompute import Capture

Array = NDArray[np.float64]
Sides = Callable[[], tuple[Array, Array]]

LEVELS = (0.02, 0.1, 0.3, 0.6, 0.9)
"""ᾱ at which the toy is looked at: neither pure noise nor pure picture."""
STATES = (-1.7, -0.6, 0.05, 0.8, 1.9)
HALVINGS = (20, 40, 80, 160, 320)
HIGH, LOW = 3.0, 0.1
"""σ from which and to which the toy's roads are followed: bounded away from 0."""
STARTS = np.linspace(-4, 4, 17)


# The mean is the best single answer


def _endings(endings: NDArray[np.floating], guess: NDArray[np.floating]) -> tuple[Array, Array, Array]:
    ends = endings.reshape(len(endings), -1).astype(np.float64)
    return ends, ends.mean(0), guess.reshape(-1).astype(np.float64)


def split(endings: NDArray[np.floating], guess: NDArray[np.floating]) -> Sides:
    """The mean square of x_0 − g over all endings against that of (x_0 − m) + (m − g), a number."""

    def sides() -> tuple[Array, Array]:
        x, m, g = _endings(endings, guess)
        return ((x - g) ** 2).mean(keepdims=True), (((x - m) + (m - g)) ** 2).mean(keepdims=True)

    return sides


def expanded(endings: NDArray[np.floating], guess: NDArray[np.floating]) -> Sides:
    """The same against the two squares and twice the product."""

    def sides() -> tuple[Array, Array]:
        x, m, g = _endings(endings, guess)
        terms = (x - m) ** 2 + (m - g) ** 2 + 2 * (x - m) * (m - g)
        return np.array(((x - g) ** 2).mean()), np.array(terms.mean())

    return sides


def orthogonal(endings: NDArray[np.floating], guess: NDArray[np.floating]) -> Sides:
    """The mean product of x_0 − m with m − g against 0."""

    def sides() -> tuple[Array, Array]:
        x, m, g = _endings(endings, guess)
        return np.array(((x - m) * (m - g)).mean()), np.array(0.0)

    return sides


def pythagoras(endings: NDArray[np.floating], guess: NDArray[np.floating]) -> Sides:
    """E‖x_0 − g‖² against E‖x_0 − m‖² + ‖m − g‖², a number."""

    def sides() -> tuple[Array, Array]:
        x, m, g = _endings(endings, guess)
        return np.array(((x - g) ** 2).mean()), np.array(((x - m) ** 2).mean() + ((m - g) ** 2).mean())

    return sides


def best(endings: NDArray[np.floating]) -> Sides:
    """The answer of least mean square error, found by least squares, against the mean of the endings."""

    def sides() -> tuple[Array, Array]:
        ends = endings.reshape(len(endings), -1).astype(np.float64)
        answer, *_ = np.linalg.lstsq(np.ones((len(ends), 1)), ends, rcond=None)
        return answer[0], ends.mean(0)

    return sides


# Tweedie


def _everywhere(left: Callable[[float, float], float], right: Callable[[float, float], float]) -> Sides:
    def sides() -> tuple[Array, Array]:
        places = [(x, level) for level in LEVELS for x in STATES]
        return np.array([left(*p) for p in places]), np.array([right(*p) for p in places])

    return sides


def density(toy: Mixture = TOY) -> Sides:
    """The closed density of x_t against likelihood times prior, integrated over x_0."""

    def integral(x: float, level: float) -> float:
        grid = toy.grid()
        return float(np.trapezoid(toy.joint(x, grid, level), grid))

    return _everywhere(lambda x, level: float(toy.density(x, level)), integral)


def bell() -> Sides:
    """SciPy's density of x_t given x_0, by its own highest value, against exp(−(x_t − √ᾱ x_0)²/(2(1−ᾱ)))."""

    def sides() -> tuple[Array, Array]:
        level, x, x_0 = np.meshgrid(LEVELS, STATES, TOY.places)
        q = stats.norm(np.sqrt(level) * x_0, np.sqrt(1 - level))
        bells = np.exp(-((x - np.sqrt(level) * x_0) ** 2) / (2 * (1 - level)))
        return q.pdf(x) / q.pdf(np.sqrt(level) * x_0), bells

    return sides


def _gradient(x: float, level: float, toy: Mixture) -> float:
    """Derivative of the closed density by central differences of order four."""
    h = 1e-3
    p = toy.density(x + h * np.array([-2, -1, 1, 2]), level)
    return float((p[0] - 8 * p[1] + 8 * p[2] - p[3]) / (12 * h))


def gradient(toy: Mixture = TOY) -> Sides:
    """The derivative of p_t against −(x_t − √ᾱ x_0)/(1−ᾱ) times likelihood times prior, integrated."""
    return _everywhere(
        lambda x, level: _gradient(x, level, toy), lambda x, level: _pulled(x, level, toy, 1.0)
    )


def _pulled(x: float, level: float, toy: Mixture, total: float) -> float:
    """∫ −(x − √ᾱ x_0)/(1−ᾱ) · likelihood times prior / `total` dx_0."""
    grid = toy.grid()
    pull = -(x - np.sqrt(level) * grid) / (1 - level)
    return float(np.trapezoid(pull * toy.joint(x, grid, level) / total, grid))


def over_density(toy: Mixture = TOY) -> Sides:
    """The derivative of p_t over p_t against the same integral, with p_t under likelihood times prior."""
    return _everywhere(
        lambda x, level: _gradient(x, level, toy) / float(toy.density(x, level)),
        lambda x, level: _pulled(x, level, toy, float(toy.density(x, level))),
    )


def logarithm(toy: Mixture = TOY) -> Sides:
    """The closed score against that integral."""
    return _everywhere(
        lambda x, level: float(toy.score(x, level)),
        lambda x, level: _pulled(x, level, toy, float(toy.density(x, level))),
    )


def posterior(toy: Mixture = TOY) -> Sides:
    """The closed score against the pull, averaged over p(x_0 | x_t): likelihood times prior, normalised."""

    def averaged(x: float, level: float) -> float:
        grid = toy.grid()
        return _pulled(x, level, toy, float(np.trapezoid(toy.joint(x, grid, level), grid)))

    return _everywhere(lambda x, level: float(toy.score(x, level)), averaged)


def log_gradient(toy: Mixture = TOY) -> Sides:
    """The closed score against −(x_t − √ᾱ E[x_0|x_t])/(1−ᾱ), the mean by brute force."""

    def right(x: float, level: float) -> float:
        return -(x - np.sqrt(level) * toy.guess(x, level)) / (1 - level)

    return _everywhere(lambda x, level: float(toy.score(x, level)), right)


def tweedie(toy: Mixture = TOY) -> Sides:
    """E[x_0 | x_t] by brute force against (x_t + (1−ᾱ) ∇ log p_t)/√ᾱ. Robbins 1956, Efron 2011."""

    def right(x: float, level: float) -> float:
        return float((x + (1 - level) * toy.score(x, level)) / np.sqrt(level))

    return _everywhere(lambda x, level: toy.guess(x, level), right)


# The road


def rescaled(capture: Capture) -> Sides:
    """x_t/√ᾱ_t against x̂₀ + σ ε̂ at every step of a capture, times √ᾱ_t, so that all steps weigh the same."""

    def sides() -> tuple[Array, Array]:
        root = capture.signal_level[:-1].reshape(-1, 1, 1, 1)
        sigma = walking.sigma_of(capture.alphas_cumprod[:-1]).reshape(-1, 1, 1, 1)
        return capture.states[:-1].astype(np.float64), root * (capture.guesses + sigma * capture.noise)

    return sides


SIGMAS = (0.3, 0.6, 1.0, 2.0)
LITTLE = 1e-3


def _line(sigma: float) -> Array:
    """Places (25,) that the cloud at this σ covers."""
    return np.linspace(-3, 3, 25) * np.hypot(1, sigma)


def squares() -> Sides:
    """(σ+h)² against σ² + 2σh; h small."""
    sigma = np.array(SIGMAS)
    return lambda: ((sigma + LITTLE) ** 2, sigma**2 + 2 * sigma * LITTLE)


def more_noise(toy: Mixture = TOY) -> Sides:
    """p_{σ+h}(y) against the mean of p_σ(y − √(2σh) z) over z, by quadrature; h small."""

    def sides() -> tuple[Array, Array]:
        nodes, weights = np.polynomial.hermite_e.hermegauss(20)
        left, right = [], []
        for sigma in SIGMAS:
            y, p = _line(sigma), toy.cloud
            moved = p(y[:, None] - np.sqrt(2 * sigma * LITTLE) * nodes, sigma)
            left.append(p(y, sigma + LITTLE))
            right.append(moved @ weights / weights.sum())
        return np.array(left), np.array(right)

    return sides


def _second(p: Callable[[Array, float], Array], y: Array, sigma: float) -> Array:
    h = 1e-3
    return (p(y + h, sigma) - 2 * p(y, sigma) + p(y - h, sigma)) / h**2


def shaken(toy: Mixture = TOY) -> Sides:
    """p_{σ+h}(y) against the mean over z of p_σ(y − √(2σh) z), expanded to second order in z; h small."""

    def sides() -> tuple[Array, Array]:
        nodes, weights = np.polynomial.hermite_e.hermegauss(20)
        left, right, d = [], [], 1e-3
        for sigma in SIGMAS:
            y, p = _line(sigma), toy.cloud
            first = (p(y + d, sigma) - p(y - d, sigma)) / (2 * d)
            expanded = (
                p(y, sigma)[:, None]
                - np.sqrt(2 * sigma * LITTLE) * nodes * first[:, None]
                + 1 / 2 * 2 * sigma * LITTLE * nodes**2 * _second(p, y, sigma)[:, None]
            )
            left.append(p(y, sigma + LITTLE))
            right.append(expanded @ weights / weights.sum())
        return np.array(left), np.array(right)

    return sides


def curved(toy: Mixture = TOY) -> Sides:
    """p_{σ+h}(y) against p_σ(y) + σ h ∇²p_σ(y); h small."""

    def sides() -> tuple[Array, Array]:
        left, right = [], []
        for sigma in SIGMAS:
            y, p = _line(sigma), toy.cloud
            left.append(p(y, sigma + LITTLE))
            right.append(p(y, sigma) + sigma * LITTLE * _second(p, y, sigma))
        return np.array(left), np.array(right)

    return sides


def quotient(toy: Mixture = TOY, h: float = 1e-5) -> Sides:
    """(p_{σ+h}(y) − p_σ(y))/h against σ ∇²p_σ(y); h small."""

    def sides() -> tuple[Array, Array]:
        left, right = [], []
        for sigma in SIGMAS:
            y, p = _line(sigma), toy.cloud
            left.append((p(y, sigma + h) - p(y, sigma)) / h)
            right.append(sigma * _second(p, y, sigma))
        return np.array(left), np.array(right)

    return sides


def heat(toy: Mixture = TOY) -> Sides:
    """The change of p_σ(y) with σ against σ times its second derivative by y."""

    def sides() -> tuple[Array, Array]:
        left, right, h = [], [], 1e-4
        for sigma in SIGMAS:
            y, p = _line(sigma), toy.cloud
            left.append((p(y, sigma + h) - p(y, sigma - h)) / (2 * h))
            right.append(sigma * _second(p, y, sigma))
        return np.array(left), np.array(right)

    return sides


def divergence(toy: Mixture = TOY) -> Sides:
    """The change of p_σ(y) with σ against d/dy of σ dp_σ/dy."""

    def sides() -> tuple[Array, Array]:
        left, right, h = [], [], 1e-4
        for sigma in SIGMAS:
            y, p, d = _line(sigma), toy.cloud, 5e-4
            ahead, behind = (sigma * (p(at + d, sigma) - p(at - d, sigma)) / (2 * d) for at in (y + d, y - d))
            left.append((p(y, sigma + h) - p(y, sigma - h)) / (2 * h))
            right.append((ahead - behind) / (2 * d))
        return np.array(left), np.array(right)

    return sides


def flow(toy: Mixture = TOY) -> Sides:
    """The change of p_σ(y) with σ against −d/dy of p_σ times the speed −σ ∇ log p_σ."""

    def sides() -> tuple[Array, Array]:
        left, right, h = [], [], 1e-4
        for sigma in SIGMAS:
            y, p = _line(sigma), toy.cloud
            carried = [p(y + d, sigma) * toy.slope(y + d, sigma) for d in (h, -h)]
            left.append((p(y, sigma + h) - p(y, sigma - h)) / (2 * h))
            right.append(-(carried[0] - carried[1]) / (2 * h))
        return np.array(left), np.array(right)

    return sides


def roads_keep_the_law(toy: Mixture = TOY) -> Sides:
    """Along each road the share of all states that lie below it stays what it was at the start.

    On a line that says exactly that whoever follows dy/dσ keeps the law p_σ.
    """

    def sides() -> tuple[Array, Array]:
        sigmas = list(np.linspace(HIGH, LOW, 30))
        places = walking.road(toy.slope, STARTS, sigmas, between=20)
        shares = np.array([toy.below(y, s) for y, s in zip(places, sigmas, strict=True)])
        return shares, np.broadcast_to(shares[0], shares.shape)

    return sides


def stretch(toy: Mixture = TOY) -> Sides:
    """log p_t(x_t) against log p_σ(y), the latter by brute force, both less their value at the place 0."""

    def law(y: float, sigma: float) -> float:
        grid = toy.grid()
        return float(np.log(np.trapezoid(stats.norm.pdf(y, grid, sigma) * toy.density(grid), grid)))

    def left(x: float, level: float) -> float:
        return float(np.log(toy.density(x, level)) - np.log(toy.density(0.0, level)))

    def right(x: float, level: float) -> float:
        sigma = float(walking.sigma_of(level))
        return law(x / np.sqrt(level), sigma) - law(0.0, sigma)

    return _everywhere(left, right)


def multiplied_out(toy: Mixture = TOY) -> Sides:
    """E[x_0 | x_t] by brute force against x_t/√ᾱ + (1−ᾱ)/√ᾱ ∇ log p_t(x_t)."""

    def right(x: float, level: float) -> float:
        return float(x / np.sqrt(level) + (1 - level) / np.sqrt(level) * toy.score(x, level))

    return _everywhere(lambda x, level: toy.guess(x, level), right)


def tweedie_by_size(toy: Mixture = TOY) -> Sides:
    """E[x_0 | y] by brute force against y + σ² ∇ log p_σ(y), the gradient by differences of the density."""

    def right(x: float, level: float) -> float:
        y, sigma = x / np.sqrt(level), float(walking.sigma_of(level))
        return float(y + sigma**2 * _log_slope(y, sigma, toy))

    return _everywhere(lambda x, level: toy.guess(x, level), right)


def _log_slope(y: float, sigma: float, toy: Mixture) -> float:
    """∇ log p_σ(y), by differences of the density."""
    h = 1e-4
    p = np.log(toy.cloud(y + h * np.array([-2, -1, 1, 2]), sigma))
    return float((p[0] - 8 * p[1] + 8 * p[2] - p[3]) / (12 * h))


def by_y(toy: Mixture = TOY) -> Sides:
    """E[x_0 | x_t] by brute force against y + (1−ᾱ)/√ᾱ · 1/√ᾱ ∇ log p_σ(y)."""

    def right(x: float, level: float) -> float:
        y, root = x / np.sqrt(level), np.sqrt(level)
        return float(y + (1 - level) / root / root * _log_slope(y, float(walking.sigma_of(level)), toy))

    return _everywhere(lambda x, level: toy.guess(x, level), right)


def solved(toy: Mixture = TOY) -> Sides:
    """∇ log p_σ(y) against (E[x_0 | y] − y)/σ², the mean by brute force."""

    def right(x: float, level: float) -> float:
        return float((toy.guess(x, level) - x / np.sqrt(level)) / walking.sigma_of(level) ** 2)

    return _everywhere(
        lambda x, level: _log_slope(x / np.sqrt(level), float(walking.sigma_of(level)), toy), right
    )


def slope_is_noise(toy: Mixture = TOY) -> Sides:
    """−σ ∇ log p_σ(y) against (y − E[x_0 | y])/σ, the mean by brute force."""

    def slope(x: float, level: float) -> float:
        return float(toy.slope(x / np.sqrt(level), float(walking.sigma_of(level))))

    def noise(x: float, level: float) -> float:
        return float((x / np.sqrt(level) - toy.guess(x, level)) / walking.sigma_of(level))

    return _everywhere(slope, noise)


# DDIM is Euler's method


def _walked(capture: Capture) -> tuple[Array, Array, Array, Array, Array]:
    """States before and after, ε̂, √ᾱ before and after as columns."""
    root = capture.signal_level.reshape(-1, 1, 1, 1)
    states, noise = capture.states.astype(np.float64), capture.noise.astype(np.float64)
    return states[:-1], states[1:], noise, root[:-1], root[1:]


def inserted(capture: Capture) -> Sides:
    """x_{t−1} against √ᾱ_{t−1} (x_t − √(1−ᾱ_t) ε̂)/√ᾱ_t + √(1−ᾱ_{t−1}) ε̂, times √ᾱ_t."""

    def sides() -> tuple[Array, Array]:
        before, after, noise, a, b = _walked(capture)
        written = b * (before - np.sqrt(1 - a**2) * noise) / a + np.sqrt(1 - b**2) * noise
        return a * after, a * written

    return sides


def divided(capture: Capture) -> Sides:
    """x_{t−1}/√ᾱ_{t−1} against x_t/√ᾱ_t − σ_t ε̂ + σ_{t−1} ε̂, times √ᾱ_t."""

    def sides() -> tuple[Array, Array]:
        before, after, noise, a, b = _walked(capture)
        written = before / a - np.sqrt(1 - a**2) / a * noise + np.sqrt(1 - b**2) / b * noise
        return a * after / b, a * written

    return sides


def euler_step(capture: Capture) -> Sides:
    """y_{t−1} against y_t + (σ_{t−1} − σ_t) ε̂ at every captured step, times √ᾱ_t."""

    def sides() -> tuple[Array, Array]:
        before, after, noise, a, b = _walked(capture)
        sigma = [walking.sigma_of(root**2) for root in (a, b)]
        return a * after / b, a * (before / a + (sigma[1] - sigma[0]) * noise)

    return sides


# What a step misses


def taylor(toy: Mixture = TOY, h: float = 1e-3) -> Sides:
    """y(σ−h) along the road against y − h ε̂ + h²/2 dε̂/dσ, over h²: what is left out is of order h."""

    def sides() -> tuple[Array, Array]:
        left, right = [], []
        for sigma in SIGMAS:
            y = walking.road(toy.slope, STARTS, list(np.linspace(HIGH, sigma, 40)))[-1]
            end = walking.road(toy.slope, y, [sigma, sigma - h])[-1]
            left.append((end - y + h * toy.slope(y, sigma)) / h**2)
            right.append(_bend(toy, y, sigma) / 2)
        return np.array(left), np.array(right)

    return sides


def _bend(toy: Mixture, y: Array, sigma: float) -> Array:
    """dε̂/dσ along the road, by central differences."""
    h = 1e-4
    ahead, behind = (walking.road(toy.slope, y, [sigma, sigma + d])[-1] for d in (h, -h))
    return (toy.slope(ahead, sigma + h) - toy.slope(behind, sigma - h)) / (2 * h)


def one_step_error(toy: Mixture = TOY) -> Sides:
    """The measured order of a single step's error, by halving the step, against 2."""

    def sides() -> tuple[Array, Array]:
        sizes = 0.2 / 2.0 ** np.arange(5)
        sigma = 1.0
        y = walking.road(toy.slope, STARTS, list(np.linspace(HIGH, sigma, 40)))[-1]
        errors = []
        for h in sizes:
            true = walking.road(toy.slope, y, [sigma, sigma - h], between=50)[-1]
            errors.append(np.abs(walking.euler(toy.slope, y, [sigma, sigma - h])[-1] - true).mean())
        return np.array(walking.order(list(1 / sizes), np.array(errors))), np.array(2.0)

    return sides


def whole_error(toy: Mixture = TOY, counts: Sequence[int] = HALVINGS) -> Sides:
    """The measured order of the whole walk's error, over four halvings of the step, against 1."""

    def sides() -> tuple[Array, Array]:
        errors = walking.euler_errors(toy.slope, STARTS, HIGH, LOW, counts)
        return np.array(walking.order(counts, errors)), np.array(1.0)

    return sides
