#include "bench/result/welch.h"

#include <math.h>

enum {
	TERMS_MAX = 500,
};

static const double least = 1e-300, enough = 1e-15;

struct welch_sample welch_sample_of(const double *values, size_t count)
{
	struct welch_sample sample = { 0 };
	double squares = 0;

	/* Welford's way, which does not lose small variances of large values. */
	for (size_t i = 0; i < count; i++) {
		double step;

		if (!isfinite(values[i]))
			continue;
		step = values[i] - sample.mean;
		sample.mean += step / (double)++sample.count;
		squares += step * (values[i] - sample.mean);
	}
	if (sample.count > 1)
		sample.variance = squares / (double)(sample.count - 1);
	return sample;
}

/* Where a factor of the fraction would be 0, next to it. */
static double apart_from_0(double value)
{
	return fabs(value) < least ? least : value;
}

/*
 * The continued fraction of the incomplete beta function (Abramowitz and Stegun, 26.5.8) from its
 * head on, by Lentz's method. It converges fast for x < (a + 1) / (a + b + 2).
 */
static double beta_fraction(double a, double b, double x)
{
	double upper = 1, lower = 1 / apart_from_0(1 - (a + b) * x / (a + 1)), fraction = lower;

	for (int m = 1; m < TERMS_MAX; m++) {
		const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double change;

		lower = 1 / apart_from_0(1 + even * lower);
		upper = apart_from_0(1 + even / upper);
		fraction *= upper * lower;
		lower = 1 / apart_from_0(1 + odd * lower);
		upper = apart_from_0(1 + odd / upper);
		change = upper * lower;
		fraction *= change;
		if (fabs(change - 1) < enough)
			break;
	}
	return fraction;
}

static double incomplete_beta(double a, double b, double x)
{
	double head;

	if (x <= 0 || x >= 1)
		return x <= 0 ? 0 : 1;
	head = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return head * beta_fraction(a, b, x) / a;
	return 1 - head * beta_fraction(b, a, 1 - x) / b;
}

double welch_student_p(double t, double freedom)
{
	return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t));
}

double welch_p(const struct welch_sample *one, const struct welch_sample *other, double margin)
{
	const struct welch_sample *a = one->count > 1 ? one : other;
	const struct welch_sample *b = other->count > 1 ? other : one;
	const double beyond = fmax(0, fabs(one->mean - other->mean) - margin);
	double share_a, share_b, freedom;

	if (one->count == 0 || other->count == 0 || a->count < 2 ||
	    !(a->variance + b->variance > 0))
		return NAN;
	share_a = a->variance / (double)one->count;
	share_b = b->variance / (double)other->count;
	if (a == b) /* one value against several */
		return welch_student_p(beyond / sqrt(share_a + share_b), (double)a->count - 1);
	freedom = (share_a + share_b) * (share_a + share_b) /
		  (share_a * share_a / (double)(a->count - 1) +
		   share_b * share_b / (double)(b->count - 1));
	return welch_student_p(beyond / sqrt(share_a + share_b), freedom);
}
