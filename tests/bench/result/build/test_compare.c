/* A comparison of runs: spreads, ratios, which rows are valid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "bench/result/build/compare.h"
#include "bench/servers/target.h"
#include "bench/measure/spread.h"

/* Figures and checks. */

/* In place: its rows point to its targets. */
static void open_comparison(struct comparison *c)
{
	*c = (struct comparison){ .repeat = 2, .target_count = 2 };
	assert_int_equal(comparison_open(c, 1), 0);
	for (unsigned n = 0; n < 2; n++)
		c->cases[0].rows[n].count = 2;
}

static void a_fault_in_one_repetition_makes_its_row_not_valid(void **state)
{
	struct comparison c;
	struct comparison_row *row;

	(void)state;
	open_comparison(&c);
	row = &c.cases[0].rows[1];
	row->runs[1].load.validity.late_p99_us = RUN_VALIDITY_LATE_MAX_US;
	assert_true(comparison_is_valid(&c));
	row->runs[1].load.validity.late_p99_us++;
	assert_false(comparison_is_valid(&c));
	assert_true(comparison_row_is_valid(&c, &c.cases[0].rows[0]));
	assert_int_equal(comparison_faults(row, RUN_VALIDITY_LATE), 1);
	comparison_close(&c);
}

static void a_row_that_failed_or_is_not_whole_is_not_valid(void **state)
{
	struct comparison c;
	struct comparison_row *row;

	(void)state;
	open_comparison(&c);
	row = &c.cases[0].rows[1];
	row->count = 1;
	assert_false(comparison_is_valid(&c));
	row->count = 2;
	strcpy(row->note, "it went away");
	assert_false(comparison_is_valid(&c));
	row->is_unavailable = true;
	assert_true(comparison_is_valid(&c));
	comparison_close(&c);
}

/* The n-th value of the first row's figure; NAN: it is not known. */
static double value_of(const struct comparison *c, const char *name, size_t n)
{
	struct result *result = comparison_result(c, 0, NULL);
	double values[SPREAD_MAX];

	assert_non_null(result);
	assert_true(result_values(result_row(result, 0), name, values, SPREAD_MAX) > n);
	result_destroy(result);
	return values[n];
}

static void cost_and_loss_are_of_what_was_delivered(void **state)
{
	static const struct target naive = { .label = "naive", .kind = GENERATOR_NAIVE_ENET };
	static const struct target tcp = { .label = "tcp", .kind = GENERATOR_TCP };
	static const struct {
		const char *name;
		double value;
	} rows[] = { { "cpu_us_per_update", 2 },
		     { "core_share", 0.5 },
		     { "loss", 0.2 },
		     { "skipped", 0.05 },
		     { "datagrams_per_update", 0.5 },
		     { "syscalls_per_datagram", 0.25 },
		     { "allocations_per_update", 0.05 } };
	struct comparison c;
	struct comparison_row *row;

	(void)state;
	open_comparison(&c);
	row = &c.cases[0].rows[0];
	row->target = &naive;
	row->runs[0].load = (struct generator_result){ .due = 200,
						       .delivered = 150,
						       .skipped = 10,
						       .relay_cpu_ns = 300000,
						       .window_ns = 600000,
						       .datagrams = 75,
						       .p50_us = -1 };
	row->runs[0].report = (struct target_report){
		.datagrams = 40, .calls = 10, .deliveries = 100, .allocations = 5
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(value_of(&c, rows[i].name, 0) == rows[i].value);
	assert_true(isnan(value_of(&c, "delay_p50_us", 0)));
	assert_true(isnan(value_of(&c, "cpu_us_per_update", 1)));
	row->target = &tcp;
	assert_true(isnan(value_of(&c, "datagrams_per_update", 0)));
	row->runs[0].load.relay_cpu_ns = -1; /* not ours to ask */
	assert_true(isnan(value_of(&c, "cpu_us_per_update", 0)));
	comparison_close(&c);
}

/* The parameter `name` of the comparison's result; "": it is not there. */
static const char *parameter_of(const struct comparison *c, const char *name, char text[static 32])
{
	struct result *result = comparison_result(c, 0, NULL);
	const char *value;

	assert_non_null(result);
	value = result_parameter_value(result, name);
	snprintf(text, 32, "%s", value ? value : "");
	result_destroy(result);
	return text;
}

static void a_result_names_the_unit_of_the_interest(void **state)
{
	struct comparison c;
	struct generator_config *load;
	char text[32];

	(void)state;
	open_comparison(&c);
	load = &c.cases[0].load;
	load->interest = WIRE_RADIUS;
	load->interest_range = 30500;
	assert_string_equal(parameter_of(&c, "interest", text), "radius");
	assert_string_equal(parameter_of(&c, "interest_radius_m", text), "30.5");
	assert_string_equal(parameter_of(&c, "interest_nearest", text), "");
	load->interest = WIRE_NEAREST;
	load->interest_range = 7;
	assert_string_equal(parameter_of(&c, "interest_nearest", text), "7");
	assert_string_equal(parameter_of(&c, "interest_radius_m", text), "");
	comparison_close(&c);
}

static void ratios_are_to_the_first_that_can_carry_the_case(void **state)
{
	struct comparison c;
	struct comparison_case *kase;
	double ratios[SPREAD_MAX];

	(void)state;
	open_comparison(&c);
	kase = &c.cases[0];
	for (unsigned n = 0; n < 2; n++)
		for (unsigned i = 0; i < 2; i++)
			kase->rows[n].runs[i].load = (struct generator_result){
				.delivered = 10, .relay_cpu_ns = 1000 * (n + 1) * (i + 1)
			};
	assert_int_equal(comparison_ratios(kase, &kase->rows[1], ratios), 2);
	assert_true(ratios[0] == 2 && ratios[1] == 2);
	kase->rows[0].is_unavailable = true;
	assert_ptr_equal(comparison_base(kase), &kase->rows[1]);
	assert_int_equal(comparison_ratios(kase, &kase->rows[1], ratios), 2);
	assert_true(ratios[0] == 1);
	comparison_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_in_one_repetition_makes_its_row_not_valid),
		cmocka_unit_test(a_row_that_failed_or_is_not_whole_is_not_valid),
		cmocka_unit_test(cost_and_loss_are_of_what_was_delivered),
		cmocka_unit_test(a_result_names_the_unit_of_the_interest),
		cmocka_unit_test(ratios_are_to_the_first_that_can_carry_the_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
