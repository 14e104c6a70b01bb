"""Makes golden.json: what SciPy and statsmodels make of random data.

Usage: python -m venv v
       v/bin/pip install numpy scipy statsmodels
       v/bin/python make.py FOLDER_TO_WRITE_TO
"""

import importlib.metadata
import itertools
import json
import pathlib
import sys

import numpy as np
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

SEED = 20261121
random = np.random.default_rng(SEED)


def distributions():
    cases = []
    for degrees in [1, 1.7, 2, 3.3, 7, 30.5, 400]:
        for t in [-40, -6.1, -2, -0.3, 0, 0.7, 3.2, 12]:
            cases.append({"degrees": degrees, "t": t, "cumulative": stats.t.cdf(t, degrees),
                          "two_sided": 2 * stats.t.sf(abs(t), degrees)})
    quantiles = [{"degrees": degrees, "probability": p, "quantile": stats.t.ppf(p, degrees),
                  "normal": stats.norm.ppf(p)}
                 for degrees in [1, 2.5, 4, 19, 250] for p in [1e-6, 0.025, 0.3, 0.5, 0.9, 0.975, 0.9999]]
    noncentral = [{"degrees": degrees, "shift": shift, "t": t, "cumulative": stats.nct.cdf(t, degrees, shift)}
                  for degrees in [1, 2, 4, 14, 98] for shift in [0, 0.8, 2.5, 6] for t in [-1.5, 0.4, 2.8, 7]]
    survival = [{"z": z, "log_survival": stats.norm.logsf(z)} for z in [-9, -1, 0, 2, 8, 25, 29.9, 30.1, 50, 300]]
    return {"student": cases, "quantiles": quantiles, "noncentral": noncentral, "survival": survival}


def means():
    cases = []
    for a_count, b_count in [(2, 2), (3, 3), (3, 5), (8, 4), (20, 31)]:
        a = random.normal(1.3, 0.2, a_count)
        b = random.normal(1.1, 0.5, b_count)
        compare = CompareMeans(DescrStatsW(a), DescrStatsW(b))
        welch = stats.ttest_ind(a, b, equal_var=False)
        case = {"a": a.tolist(), "b": b.tolist(), "difference": a.mean() - b.mean(), "degrees": welch.df,
                "p": welch.pvalue, "below": stats.ttest_ind(a, b, equal_var=False, alternative="less").pvalue,
                "interval": list(compare.tconfint_diff(alpha=0.05, usevar="unequal"))}
        if a_count == b_count:
            paired = stats.ttest_rel(a, b)
            interval = paired.confidence_interval(0.9)
            case["paired"] = {"p": paired.pvalue, "degrees": paired.df, "interval": [interval.low, interval.high]}
        cases.append(case)
    return cases


def permutations():
    cases = []
    for count in [3, 5, 6]:
        a, b = random.normal(0.4, 1, count), random.normal(0, 1, count)
        flips = stats.permutation_test((a - b,), lambda x, axis: np.abs(np.mean(x, axis=axis)), vectorized=True,
                                       permutation_type="samples", alternative="greater", n_resamples=np.inf)
        deals = stats.permutation_test((a, b), lambda x, y, axis: np.abs(x.mean(axis=axis) - y.mean(axis=axis)),
                                       vectorized=True, permutation_type="independent", alternative="greater",
                                       n_resamples=np.inf)
        cases.append({"a": a.tolist(), "b": b.tolist(), "paired": flips.pvalue, "independent": deals.pvalue})
    return cases


def corrections():
    return [{"p": p.tolist(), "holm": multipletests(p, method="holm")[1].tolist()}
            for p in (random.uniform(0, 0.2, count) for count in (1, 4, 9))]


def power():
    solver = TTestIndPower()
    probabilities = [{"effect": effect, "seeds": seeds, "power": solver.power(effect, seeds, 0.05)}
                     for effect, seeds in itertools.product([0.2, 0.7, 1.5, 3.5], [2, 3, 5, 12, 60])]
    detectable = [{"seeds": seeds, "effect": solver.solve_power(nobs1=seeds, alpha=0.05, power=0.8)}
                  for seeds in [3, 4, 8, 33]]
    return {"probabilities": probabilities, "detectable": detectable}


def lines():
    cases = []
    for count in [2, 3, 15]:
        x = random.uniform(1e-4, 2e-4, count)
        y = 3.1 + 36_000 * x + random.normal(0, 0.2, count)
        fit = stats.linregress(x, y)
        cases.append({"x": x.tolist(), "y": y.tolist(), "intercept": fit.intercept, "slope": fit.slope,
                      "r_squared": fit.rvalue**2, "slope_error": fit.stderr if count > 2 else 0})
    return cases


def censored():
    cases = []
    for observed, missed in [(3, 0), (3, 1), (2, 2), (6, 2), (12, 9)]:
        times = np.exp(random.normal(2, 0.3, observed))
        limits = np.exp(random.normal(2.2, 0.1, missed))
        data = stats.CensoredData(uncensored=np.log(times), right=np.log(limits))

        def loss(parameters):
            mean, width = parameters
            return -(stats.norm.logpdf(data._uncensored, mean, np.exp(width)).sum()
                     + stats.norm.logsf(data._right, mean, np.exp(width)).sum())

        start = stats.norm.fit(data)
        best = optimize.minimize(loss, [start[0], np.log(start[1])], method="Nelder-Mead",
                                 options={"xatol": 1e-12, "fatol": 1e-14, "maxiter": 20_000})
        mean, width = best.x
        step = 1e-4
        hessian = np.empty((2, 2))
        for i, j in itertools.product(range(2), repeat=2):
            e, f = np.eye(2)[i] * step, np.eye(2)[j] * step
            hessian[i, j] = (loss(best.x + e + f) - loss(best.x + e - f) - loss(best.x - e + f)
                             + loss(best.x - e - f)) / (4 * step * step)
        cases.append({"observed": times.tolist(), "not_reached": limits.tolist(), "mean": mean,
                      "deviation": np.exp(width), "variance_of_mean": np.linalg.inv(hessian)[0, 0]})
    return cases


def main():
    golden = {
        "implementation": ", ".join(f"{name} {importlib.metadata.version(name)}"
                                    for name in ("numpy", "scipy", "statsmodels")),
        "seed": SEED, "distributions": distributions(), "means": means(), "permutations": permutations(),
        "holm": corrections(), "power": power(), "lines": lines(), "censored": censored(),
    }
    folder = pathlib.Path(sys.argv[1])
    (folder / "golden.json").write_text(json.dumps(golden, indent=1, default=float) + "\n")


main()
