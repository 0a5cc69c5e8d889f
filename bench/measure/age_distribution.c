#include "bench/measure/age_distribution.h"

#include <errno.h>
#include <stdlib.h>

static size_t bucket_count(unsigned bits)
{
	return (size_t)(AGE_DISTRIBUTION_VALUE_BITS - bits + 1) << bits;
}

static unsigned shift_of(unsigned bits, size_t bucket)
{
	return bucket < (size_t)2 << bits ? 0 : (unsigned)(bucket >> bits) - 1;
}

static int64_t width_ns(unsigned bits, size_t bucket)
{
	return INT64_C(1) << shift_of(bits, bucket);
}

/* A bucket's least value, and its middle. */
static int64_t low_ns(unsigned bits, size_t bucket)
{
	const unsigned shift = shift_of(bits, bucket);

	return (int64_t)(bucket - ((size_t)shift << bits)) << shift;
}

static double value_of(unsigned bits, size_t bucket)
{
	return (double)low_ns(bits, bucket) + (double)(width_ns(bits, bucket) - 1) / 2;
}

void age_distribution_over(struct age_distribution *sawtooth, unsigned step_bits, uint64_t *counts)
{
	*sawtooth = (struct age_distribution){ .step_bits = step_bits,
					       .begins = counts,
					       .ends = counts + bucket_count(step_bits),
					       .max_ns = -1 };
}

int age_distribution_init(struct age_distribution *sawtooth, unsigned step_bits)
{
	uint64_t *counts = calloc(2 * bucket_count(step_bits), sizeof(*counts));

	if (!counts) {
		*sawtooth = (struct age_distribution){ .step_bits = step_bits, .max_ns = -1 };
		return -ENOMEM;
	}
	age_distribution_over(sawtooth, step_bits, counts);
	return 0;
}

void age_distribution_fini(struct age_distribution *sawtooth)
{
	free(sawtooth->begins);
	*sawtooth = (struct age_distribution){ 0 };
}

void age_distribution_reset(struct age_distribution *sawtooth)
{
	const size_t count = sawtooth->begins ? 2 * bucket_count(sawtooth->step_bits) : 0;

	for (size_t i = 0; i < count; i++)
		sawtooth->begins[i] = 0;
	sawtooth->count = 0;
	sawtooth->max_ns = -1;
}

void age_distribution_merge(struct age_distribution *into, const struct age_distribution *from)
{
	for (size_t i = 0; i < bucket_count(into->step_bits); i++) {
		into->begins[i] += from->begins[i];
		into->ends[i] += from->ends[i];
	}
	into->count += from->count;
	into->max_ns = from->max_ns > into->max_ns ? from->max_ns : into->max_ns;
}

/*
 * What lay anywhere in its bucket lies in one or two a step later, as buckets grow with the age: as
 * much in each as there is room for. Put into one, steps that are smaller than a bucket would be
 * none or a whole one.
 */
void age_distribution_add_notches(struct age_distribution *sawtooth, size_t bucket, uint64_t count,
				  int64_t step_ns)
{
	const unsigned bits = sawtooth->step_bits;
	const int64_t width = width_ns(bits, bucket);
	const int64_t from_ns = low_ns(bits, bucket) + step_ns;
	const size_t last = age_distribution_bucket(sawtooth, from_ns + width - 1);
	const int64_t before_ns = low_ns(bits, last) - from_ns;
	const double share = before_ns > 0 ? (double)before_ns / (double)width : 0;
	const uint64_t before = (uint64_t)((double)count * share + 0.5);

	sawtooth->begins[bucket] += count;
	sawtooth->ends[age_distribution_bucket(sawtooth, from_ns)] += before;
	sawtooth->ends[last] += count - before;
	sawtooth->count += count;
}

/* All time spent, as the buckets know it, so that the walk ends where it should. */
static double total_ns(const struct age_distribution *sawtooth)
{
	double sum_ns = 0;

	for (size_t i = 0; i < bucket_count(sawtooth->step_bits); i++)
		sum_ns += ((double)sawtooth->ends[i] - (double)sawtooth->begins[i]) *
			  value_of(sawtooth->step_bits, i);
	return sum_ns;
}

/*
 * Between the middles of two neighbouring buckets the number of teeth that pass through is
 * constant, so the time spent below an age is a chain of straight lines, walked from the youngest.
 */
int64_t age_distribution_quantile_ns(const struct age_distribution *sawtooth, double share)
{
	const size_t count = sawtooth->count > 0 ? bucket_count(sawtooth->step_bits) : 0;
	double wanted_ns, passed_ns = 0, at_ns = 0, depth = 0;

	if (count == 0)
		return -1;
	wanted_ns = share * total_ns(sawtooth);
	for (size_t i = 0; i < count; i++) {
		double next_ns;

		if (sawtooth->begins[i] == 0 && sawtooth->ends[i] == 0)
			continue;
		next_ns = value_of(sawtooth->step_bits, i);
		if (depth > 0 && passed_ns + (next_ns - at_ns) * depth >= wanted_ns)
			return (int64_t)(at_ns + (wanted_ns - passed_ns) / depth);
		passed_ns += (next_ns - at_ns) * depth;
		at_ns = next_ns;
		depth += (double)sawtooth->begins[i] - (double)sawtooth->ends[i];
	}
	return sawtooth->max_ns;
}
