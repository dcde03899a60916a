"""Ridge on random features as a map of Gaussian equivalents: any spectrum, any labels.

Given the weights, a random-feature learner is ridge. Push the features through its resolvents and what is
left are resolvents of the weights' own sample covariance: a ridge problem again, with features for rows.
Data go first, weights second; what comes back is a mean, a Gaussian, and a nonlinear part that the next
learner takes for noise. Infinitely many linear features give back the ridge map.
"""

from _render import story

if __name__ == "__main__":
    story("random_features_map", __doc__)
