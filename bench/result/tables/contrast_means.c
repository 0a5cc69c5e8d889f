/* Whether the machine has what a contrast needs, asked before it starts. */
#include <stdio.h>

#include "bench/servers/allowance.h"
#include "bench/result/tables/contrast_rows.h"

static bool has_descriptors(const struct contrast *contrast)
{
	unsigned needed = 0;

	for (size_t i = 0; i < contrast->carrier_count; i++) {
		const unsigned of_this = trial_descriptors(&contrast->trial, contrast->carriers[i],
							   contrast->has_namespaces);

		needed = of_this > needed ? of_this : needed;
	}
	if (!contrast->is_live || allowance_has_descriptors(needed))
		return true;
	fprintf(stderr,
		"starling-bench contrast: %zu members need %u file descriptors in one process, and "
		"the limit is %llu; take fewer --members, or raise it (ulimit -Hn)\n",
		contrast->trial.members, needed, (unsigned long long)allowance_descriptors());
	return false;
}

static bool has_memory(const struct contrast *contrast)
{
	const struct trial_config *trial = &contrast->trial;
	const uint64_t needed = trial_memory_bytes(trial, contrast->is_live);
	const uint64_t there = allowance_memory_bytes();

	if (needed <= there)
		return true;
	fprintf(stderr,
		"starling-bench contrast: to follow each update of %zu members at %g Hz for %g s "
		"takes about %llu MiB, and %llu MiB are available; take fewer --members, a lower "
		"--rate or fewer --seconds\n",
		trial->members, trial->rate_hz, trial->seconds, (unsigned long long)(needed >> 20),
		(unsigned long long)(there >> 20));
	return false;
}

bool contrast_has_means(const struct contrast *contrast)
{
	return has_descriptors(contrast) && has_memory(contrast);
}
