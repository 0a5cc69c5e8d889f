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

#include <stdio.h>

#include "bench/measure/hist.h"

/*
 * Writes it, in microseconds, with one row for each bucket that is not empty, and flushes. Nothing
 * that the buckets know is left out. 0, or -EIO. (Numbers have a decimal point in the C locale,
 * which a program is in until it sets LC_NUMERIC.)
 */
int hist_save(const struct hist *hist, FILE *out);

#endif
