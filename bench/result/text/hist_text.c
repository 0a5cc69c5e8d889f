#include "bench/result/text/hist_text.h"

#include <errno.h>
#include <math.h>

enum {
	UNIT_NS = 1000, /* microseconds */
};

/* A bucket of 2^n values has its upper middle one. */
static double middle_ns(size_t bucket)
{
	return (double)(log_buckets_low_ns(LOG_BUCKETS_FINE, bucket) +
			log_buckets_width_ns(LOG_BUCKETS_FINE, bucket) / 2);
}

/* Of all, not of a sample, with each value in the middle of its bucket, as HdrHistogram has them.
 */
static double mean_of(const struct hist *hist)
{
	double sum_ns = 0;

	for (size_t i = 0; i < HIST_BUCKETS; i++)
		if (hist->counts[i] > 0)
			sum_ns += (double)hist->counts[i] * middle_ns(i);
	return hist->count > 0 ? sum_ns / (double)hist->count : 0;
}

static double deviation_of(const struct hist *hist)
{
	double mean_ns = mean_of(hist), sum = 0;

	for (size_t i = 0; i < HIST_BUCKETS; i++) {
		double off_ns = middle_ns(i) - mean_ns;

		if (hist->counts[i] > 0)
			sum += (double)hist->counts[i] * off_ns * off_ns;
	}
	return hist->count > 0 ? sqrt(sum / (double)hist->count) : 0;
}

static void write_row(FILE *out, int64_t high_ns, uint64_t seen, uint64_t count)
{
	double share = (double)seen / (double)count;

	fprintf(out, "%12.3f %14.12f %10llu", (double)high_ns / UNIT_NS, share,
		(unsigned long long)seen);
	if (seen < count)
		fprintf(out, " %14.2f", (double)count / (double)(count - seen));
	fputc('\n', out);
}

int hist_save(const struct hist *hist, FILE *out)
{
	uint64_t seen = 0;

	fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
		"1/(1-Percentile)");
	for (size_t i = 0; i < HIST_BUCKETS; i++) {
		seen += hist->counts[i];
		if (hist->counts[i] > 0)
			write_row(out, hist_bucket_high_ns(i), seen, hist->count);
	}
	fprintf(out, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", mean_of(hist) / UNIT_NS,
		deviation_of(hist) / UNIT_NS);
	fprintf(out, "#[Max     = %12.3f, Total count    = %12llu]\n",
		hist->count > 0 ? (double)hist->max_ns / UNIT_NS : 0,
		(unsigned long long)hist->count);
	/* HdrHistogram's words for it: the first of its buckets is all that is below 2048. */
	fprintf(out, "#[Buckets = %12d, SubBuckets     = %12d]\n", HIST_BUCKETS / HIST_STEPS - 1,
		HIST_EXACT_NS);
	return fflush(out) != 0 || ferror(out) ? -EIO : 0;
}
