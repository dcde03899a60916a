"""Random features: two ridge problems, one inside the other.

Given the weights, a random-feature learner is ridge. Push the features through its resolvents and what is
left are resolvents of the weights' own sample covariance: a ridge problem again, with features for rows.
Two effective regularisations, one nested in the other, say all there is to say about width, samples and
penalty.
"""

from _render import story

if __name__ == "__main__":
    story("random_features", __doc__)
