"""Teacher and student risk of isotropic ridge, written by hand in numpy as fast as we know how.

The yardstick of ``test_speed.py``: the same stable formulas that the library evaluates, for this one chain
only, with no validation, no records and no dispatch. `unrelated` treats every point alike, over whole
arrays or in blocks that stay in the cache; `outer` takes a column of teachers and a row of students and
does on the full grid only what couples the two, for signal energy 1. Both write into buffers (``out=``)
wherever that saves an allocation. Penalties are taken to lie where ``h**2`` neither overflows nor
underflows.

With ``h = (1 - gamma - lam)/2`` and ``x = lam/(|h| + sqrt(h**2 + lam))``, ``kappa = x + |h| - h`` and
``omega = x + |h| + h``; ``S = 1/(1 + kappa)``, ``K = kappa S``, ``delta = omega + gamma K S``; a learner's
risk is ``bias**2 r**2 + energy`` with ``bias -> K + S bias`` and ``energy -> S**2 energy + gamma S**2
(noise + K**2 q)/delta``, q the squared norm of the labelling function.
"""

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def _stage(gamma: Floats, lam: Floats, work: Floats) -> tuple[Floats, Floats, Floats]:
    """(K, S, gamma/delta) of one learner, held in the first six rows of `work`, which are overwritten."""
    half, root, size, smaller, kappa, omega = work[:6]
    np.subtract(1.0, gamma, out=half)
    half -= lam
    half *= 0.5
    np.multiply(half, half, out=root)
    root += lam
    np.sqrt(root, out=root)
    np.abs(half, out=size)
    root += size
    np.divide(lam, root, out=smaller)
    np.subtract(size, half, out=kappa)
    kappa += smaller
    np.add(size, half, out=omega)
    omega += smaller
    shrink, bias, ratio = half, kappa, root
    np.add(1.0, kappa, out=shrink)
    np.divide(1.0, shrink, out=shrink)
    bias *= shrink
    np.multiply(bias, shrink, out=ratio)
    ratio *= gamma
    ratio += omega
    np.divide(gamma, ratio, out=ratio)
    return bias, shrink, ratio


def _pair(
    signal: Floats,
    noise: Floats,
    gamma_t: Floats,
    lam_t: Floats,
    gamma_s: Floats,
    lam_s: Floats,
    work: Floats,
    risks: Floats,
) -> None:
    """Write the teacher's and the student's risk into the two rows of `risks`."""
    teacher, student = risks
    energy, norm, scratch = work[6:9]
    bias, shrink, ratio = _stage(gamma_t, lam_t, work)
    np.multiply(shrink, shrink, out=norm)
    np.multiply(bias, bias, out=scratch)
    scratch *= signal
    np.add(noise, scratch, out=energy)
    energy *= norm
    energy *= ratio
    np.add(scratch, energy, out=teacher)
    norm *= signal
    norm += energy  # q = M^2 r^2 + energy
    np.copyto(student, bias)
    bias, shrink, ratio = _stage(gamma_s, lam_s, work)
    student *= shrink
    student += bias
    student *= student
    student *= signal
    bias *= bias
    norm *= bias
    norm *= ratio
    energy += norm
    energy *= shrink
    energy *= shrink
    student += energy


def unrelated(
    signal: Floats,
    noise: Floats,
    gamma_t: Floats,
    lam_t: Floats,
    gamma_s: Floats,
    lam_s: Floats,
    block: int | None = None,
) -> Floats:
    """Risks, shape (2, n), at n unrelated points; `block` points at a time (all at once when None)."""
    n = len(noise)
    step = block or n
    risks, work = np.empty((2, n)), np.empty((9, step))
    for start in range(0, n, step):
        part = slice(start, start + step)
        width = len(noise[part])
        columns = (signal[part], noise[part], gamma_t[part], lam_t[part], gamma_s[part], lam_s[part])
        _pair(*columns, work[:, :width], risks[:, part])
    return risks


def outer(
    noise: float, gamma_t: float, lam_t: Floats, gamma_s: float, lam_s: Floats, rows: int | None = None
) -> tuple[Floats, Floats]:
    """Teacher risks (len(lam_t),) and student risks (len(lam_t), len(lam_s)), `rows` teachers at a time."""
    work = np.empty((9, len(lam_t)))
    b, s, ratio = (part[:, None] for part in _stage(np.full_like(lam_t, gamma_t), lam_t, work))
    energy = s * s * ratio * (noise + b * b)
    norm = s * s + energy
    bias, shrink, ratio_s = _stage(np.full_like(lam_s, gamma_s), lam_s, np.empty((9, len(lam_s))))
    from_energy, from_norm = shrink * shrink, (shrink * bias) ** 2 * ratio_s
    students = np.empty((len(lam_t), len(lam_s)))
    step = rows or len(lam_t)
    scratch = np.empty((step, len(lam_s)))
    for start in range(0, len(lam_t), step):
        part = slice(start, start + step)
        risk = students[part]
        term = scratch[: len(risk)]
        np.multiply(shrink, b[part], out=risk)
        risk += bias
        risk *= risk
        risk += np.multiply(from_energy, energy[part], out=term)
        risk += np.multiply(from_norm, norm[part], out=term)
    return (b * b + energy)[:, 0], students


def one(noise: float, gamma_t: float, lam_t: float, gamma_s: float, lam_s: float) -> float:
    """The student's risk at one point, signal energy 1, in Python's own floats."""
    half = (1 - gamma_t - lam_t) / 2
    smaller = lam_t / (abs(half) + math.sqrt(half * half + lam_t))
    kappa, omega = smaller + abs(half) - half, smaller + abs(half) + half
    shrink = 1 / (1 + kappa)
    bias = kappa * shrink
    energy = shrink * shrink * gamma_t * (noise + bias * bias) / (omega + gamma_t * bias * shrink)
    norm = shrink * shrink + energy
    half = (1 - gamma_s - lam_s) / 2
    smaller = lam_s / (abs(half) + math.sqrt(half * half + lam_s))
    kappa, omega = smaller + abs(half) - half, smaller + abs(half) + half
    shrink = 1 / (1 + kappa)
    lost = kappa * shrink
    bias = lost + shrink * bias
    spread = energy + gamma_s * lost * lost * norm / (omega + gamma_s * lost * shrink)
    return bias * bias + shrink * shrink * spread
