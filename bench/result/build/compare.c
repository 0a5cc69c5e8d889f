#include "bench/result/build/compare.h"

#include <errno.h>
#include <stdlib.h>

#include "bench/result/build/values.h"

int comparison_open(struct comparison *c, unsigned case_count)
{
	c->case_count = case_count;
	c->cases = calloc(case_count, sizeof(*c->cases));
	for (unsigned i = 0; c->cases && i < case_count; i++) {
		for (unsigned n = 0; n < c->target_count; n++) {
			struct comparison_row *row = &c->cases[i].rows[n];

			row->target = &c->targets[n];
			row->runs = calloc(c->repeat, sizeof(*row->runs));
			if (!row->runs)
				return -ENOMEM;
		}
	}
	return c->cases ? 0 : -ENOMEM;
}

void comparison_close(struct comparison *c)
{
	for (unsigned i = 0; c->cases && i < c->case_count; i++)
		for (unsigned n = 0; n < c->target_count; n++)
			free(c->cases[i].rows[n].runs);
	free(c->cases);
	c->cases = NULL;
}

double comparison_cpu_us(const struct comparison_row *row, unsigned repetition)
{
	const struct generator_result *load = &row->runs[repetition].load;

	return values_over(values_known(load->relay_cpu_ns) / 1e3, (double)load->delivered);
}

const struct comparison_row *comparison_base(const struct comparison_case *kase)
{
	const struct comparison_row *row = kase->rows;

	while (row->is_unavailable && row + 1 < kase->rows + TARGET_MAX && row[1].target)
		row++;
	return row;
}

unsigned comparison_ratios(const struct comparison_case *kase, const struct comparison_row *row,
			   double ratios[static SPREAD_MAX])
{
	const struct comparison_row *base = comparison_base(kase);
	const unsigned count = row->count < base->count ? row->count : base->count;

	for (unsigned i = 0; i < count; i++)
		ratios[i] = comparison_cpu_us(row, i) / comparison_cpu_us(base, i);
	return count;
}

/* Checks. */

unsigned comparison_faults(const struct comparison_row *row, enum run_validity_fault fault)
{
	unsigned count = 0;

	for (unsigned i = 0; i < row->count; i++)
		count += run_validity_has(&row->runs[i].load.validity, fault);
	return count;
}

bool comparison_row_is_valid(const struct comparison *c, const struct comparison_row *row)
{
	if (row->is_unavailable)
		return true;
	for (int fault = 0; fault < RUN_VALIDITY_FAULT_COUNT; fault++)
		if (comparison_faults(row, (enum run_validity_fault)fault) > 0)
			return false;
	if (row->largest.is_searched && !row->largest.is_valid)
		return false;
	return row->note[0] == '\0' && row->count == c->repeat;
}

bool comparison_is_valid(const struct comparison *c)
{
	for (unsigned i = 0; i < c->case_count; i++)
		for (unsigned n = 0; n < c->target_count; n++)
			if (!comparison_row_is_valid(c, &c->cases[i].rows[n]))
				return false;
	return true;
}
