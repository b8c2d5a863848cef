"""Log-likelihoods of factor analysis, which tests/methods/ppca compares ours with.

Made with scikit-learn 1.9.1 (BSD-3-Clause):
    python3 make_reference.py
Data: digits.f32 (300 x 64) in ../neighbors, from scikit-learn (UCI); pixels that never change are left out, since
scikit-learn gives them a noise of 1e-12. Prints the total log-likelihoods that the test quotes.
"""
import numpy as np
from sklearn.decomposition import FactorAnalysis

x = np.fromfile("../neighbors/digits.f32", "<f4").reshape(-1, 64).astype(float)
x = x[:, x.var(axis=0) > 0]
for components in (2, 5):
    model = FactorAnalysis(components, tol=1e-9, max_iter=100000, svd_method="lapack").fit(x)
    print(x.shape, components, "log-likelihood", repr(model.score(x) * len(x)), "iterations", model.n_iter_,
          "least noise", model.noise_variance_.min())
