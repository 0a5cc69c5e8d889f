/*
 * welch: how likely the difference between two samples of few values is by chance alone.
 */
#ifndef STARLING_BENCH_WELCH_H
#define STARLING_BENCH_WELCH_H

#include <stddef.h>

/* A sample: how many values, and their mean and variance (with n - 1). */
struct welch_sample {
	size_t count;
	double mean, variance;
};

/* The sample of those values that are finite. */
struct welch_sample welch_sample_of(const double *values, size_t count);

/*
 * The two-sided p-value of Welch's t test (B. L. Welch, Biometrika 34, 1947), for the part of the
 * difference of the means that is beyond `margin`: where both come from normal distributions whose
 * means are no further apart than the margin, whatever their variances, a p-value of at most p
 * comes up in about a share p of all cases, or fewer. A sample of one value is taken to have the
 * other's variance. NAN where neither has any: then nothing can be said of chance.
 */
double welch_p(const struct welch_sample *one, const struct welch_sample *other, double margin);

/*
 * The two-sided p-value of Student's t with `freedom` degrees of freedom, by the regularized
 * incomplete beta function I_x(freedom / 2, 1 / 2) at x = freedom / (freedom + t^2).
 */
double welch_student_p(double t, double freedom);

#endif
