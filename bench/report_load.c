/* A search for the largest load: the steps, and what each relay carries. */
#include <string.h>

#include "bench/page.h"
#include "bench/report_parts.h"

bool report_load(struct report *report, const struct result *result)
{
	static const char *const figures[] = { "members",    "rate_hz",      "delivered_per_s",
					       "core_share", "delay_p99_us", "age_p99_us",
					       "loss",       "late_p99_us",  NULL };

	page_element(
		report->out, "p",
		"The largest load that was found to meet the bound stands in the last row; the "
		"rows above it are the steps of the search.");
	report_table(report, result, figures);
	for (size_t i = 0; i < result_parameter_count(result); i++) {
		const char *name = result_parameter_name(result, i);

		if (strcmp(name, "bounded_by") == 0)
			page_element(report->out, "p", "What bounded it: %s.",
				     result_parameter_value(result, name));
	}
	return true;
}
