/*
 * hist_text: a histogram as text, in the percentile format that HdrHistogram prints and its
 * plotters read:
 *
 *	       Value     Percentile TotalCount 1/(1-Percentile)
 *
 *	      10.007 0.100000000000        100           1.11
 *	      ...
 *	    1000.447 1.000000000000       1000
 *	#[Mean    =      333.851, StdDeviation   =      298.429]
 *	#[Max     =     1000.000, Total count    =         1000]
 *	#[Buckets =           30, SubBuckets     =         2048]
 *
 * TotalCount is how many values are at most Value, the largest of its bucket; Percentile is the
 * share (0 to 1) that these are of all.
 */
#ifndef STARLING_BENCH_HIST_TEXT_H
#define STARLING_BENCH_HIST_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include "bench/measure/hist.h"

enum {
	HIST_TEXT_UNIT_NS = 1000, /* what hist_save writes: microseconds, with three decimals */
	HIST_ERROR_BYTES = 256,
};

/*
 * Writes it, in microseconds, with one row for each bucket that is not empty, and flushes. Nothing
 * that the buckets know is left out. 0, or -EIO. (Numbers have a decimal point in the C locale,
 * which a program is in until it sets LC_NUMERIC.)
 */
int hist_save(const struct hist *hist, FILE *out);

/*
 * Reads one such text to the end of `in`, written by hist_save or by an HdrHistogram, whose values
 * are in units of `unit_ns` nanoseconds (1 to 10^9; HIST_TEXT_UNIT_NS for hist_save's own).
 *
 * What a text of hist_save restores: count, maximum and every bucket, and so every quantile but
 * the first value, the mean and the deviation. What is lost: the exact minimum (it becomes the
 * largest value of its bucket), and how many values were out of range (they become 0).
 * What a text of another writer restores: the quantiles at its rows; a value between two rows
 * counts as the upper one, so other quantiles are at or above the true ones, up to the next row.
 * The error of its own buckets and the rounding of its figures remain, and its Mean and
 * StdDeviation are read and dropped.
 *
 * 0; -EINVAL (the text is broken), -EIO (it cannot be read): then `error` names the line and what
 * was expected, and the histogram is empty.
 */
int hist_load(struct hist *hist, FILE *in, int64_t unit_ns, char error[HIST_ERROR_BYTES]);

#endif
