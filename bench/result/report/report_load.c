/* A search for the largest load: the steps, and what each relay carries. */
#include "bench/result/report/page.h"
#include "bench/result/report/report_parts.h"

static const char *const figures[] = { "members",    "rooms",        "delivered_per_s",
				       "core_share", "delay_p99_us", "age_p99_us",
				       "loss",       "late_p99_us",  NULL };

static bool say(struct report *report, const struct result *result)
{
	if (report->is_markdown)
		return true;
	page_element(
		report->out, "p",
		"The largest load that was found to meet the bound stands in the last row; the "
		"rows above it are the steps of the search.");
	if (result_parameter_value(result, "bounded_by"))
		page_element(report->out, "p", "What ended the search: %s.",
			     result_parameter_value(result, "bounded_by"));
	if (result_parameter_value(result, "relay_limit"))
		page_element(report->out, "p", "The relay itself takes no more than %s.",
			     result_parameter_value(result, "relay_limit"));
	return true;
}

const struct report_part report_load = { "load", say, figures };

static const char *const errors[] = { "resolution_ns", "least_step_ns",
				      "error_p50_us",  "error_p99_us",
				      "delay_p50_us",  "delay_p99_us",
				      "delivered",     NULL };

const struct report_part report_self_test = { "self-test", NULL, errors };
