#include "bench/result/build/instrument.h"

#include <math.h>

#include "bench/measure/hist.h"
#include "bench/result/build/values.h"

static const double hist_error = 1.0 / HIST_STEPS;

static double step_us(const struct clock_step *clock)
{
	return isfinite(clock->least_ns) ? clock->least_ns / 1e3 : 0;
}

struct instrument_run instrument_run_of(const struct generator_result *load)
{
	return (struct instrument_run){ .delay_p99_us = load->p99_us,
					.late_p50_us = load->late_p50_us,
					.late_p99_us = load->late_p99_us,
					.late_max_us = load->late_max_us,
					.call_p50_ns = load->call_p50_ns,
					.call_p99_ns = load->call_p99_ns,
					.own_drops = load->own_drops };
}

double instrument_own_p99_us(const struct clock_step *clock, const struct instrument_run *run)
{
	const double p99_us = (double)run->delay_p99_us, late_us = (double)run->late_p99_us;
	const double line_us = fmax(0, (double)run->line_late_p99_us);

	if (p99_us < 0 || late_us < 0)
		return NAN;
	return fmin(p99_us, (run->is_read_late ? 2 : 1) * late_us + 2 * line_us +
				    2 * step_us(clock) + hist_error * p99_us + 1);
}

static void take(struct values *values, const struct clock_step *clock,
		 const struct instrument_run *run)
{
	const struct value all[] = {
		{ "late_p50_us", values_known(run->late_p50_us) },
		{ "late_max_us", values_known(run->late_max_us) },
		{ "call_p50_us", values_known(run->call_p50_ns) / 1e3 },
		{ "call_p99_us", values_known(run->call_p99_ns) / 1e3 },
		{ "own_drops", (double)run->own_drops },
		{ "own_p99_us", instrument_own_p99_us(clock, run) },
		{ "least_step_ns", clock->least_ns },
		{ "hist_error", hist_error },
	};

	VALUES_TAKE(values, all);
}

void instrument_add(struct result_row *row, const struct clock_step *clock,
		    const struct instrument_run *runs, size_t count)
{
	const struct instrument_run none = { 0 };
	struct values values = { 0 };

	take(&values, clock, &none);
	values_clear(&values);
	for (size_t n = 0; n < count; n++)
		take(&values, clock, &runs[n]);
	values_add(&values, row);
}
