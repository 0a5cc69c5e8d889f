/* The budgets that addresses have spent, in a bounded table. */
#include "proto/enet/guard/address_budgets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define S INT64_C(1000000000)

static struct address_budgets budgets;

static const struct input_rates rates = { { [INPUT_DATAGRAMS] = 10 } };

static int set_up(void **state)
{
	(void)state;
	memset(&budgets, 0, sizeof(budgets));
	budgets.keys[0] = UINT64_C(0x0123456789abcdef);
	budgets.keys[1] = UINT64_C(0xfedcba9876543211);
	return 0;
}

static void spend(uint64_t network, uint32_t datagrams, int64_t now_ns)
{
	input_budget_spend(&address_budgets_of(&budgets, network)->input, &rates, INPUT_DATAGRAMS,
			   datagrams, now_ns);
}

static bool is_spent(uint64_t network, int64_t now_ns)
{
	return input_budget_spent(&address_budgets_of(&budgets, network)->input, &rates, now_ns) ==
	       INPUT_DATAGRAMS;
}

static void each_address_has_a_budget_of_its_own(void **state)
{
	(void)state;
	spend(1, 10, S);
	assert_true(is_spent(1, S));
	assert_false(is_spent(2, S));
	assert_true(is_spent(1, S));
}

static void what_is_spent_comes_back_with_time(void **state)
{
	(void)state;
	spend(1, 10, S);
	assert_true(is_spent(1, S));
	assert_false(is_spent(1, S + S / 5));
}

/* As many as an attacker likes: who spends now keeps its place before those who are quiet. */
static void a_full_table_forgets_the_quiet_and_not_the_busy(void **state)
{
	(void)state;
	for (uint64_t network = 1; network <= 100000; network++) {
		spend(7, 1, S + (int64_t)network);
		(void)address_budgets_of(&budgets, 1000 + network);
	}
	assert_true(is_spent(7, S));
}

static void more_addresses_than_places_keep_what_they_spent_last(void **state)
{
	const uint64_t places = ADDRESS_BUDGETS_SETS * ADDRESS_BUDGETS_WAYS;
	uint64_t known = 0;

	(void)state;
	for (uint64_t network = 1; network <= 2 * places; network++)
		spend(network, 10, S + (int64_t)network);
	/* From the newest on: asking for one that is forgotten takes the place of an older one. */
	for (uint64_t network = 2 * places; network > 2 * places - places / 4; network--)
		known += is_spent(network, S + (int64_t)network);
	assert_true(known > places / 4 * 9 / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_address_has_a_budget_of_its_own, set_up),
		cmocka_unit_test_setup(what_is_spent_comes_back_with_time, set_up),
		cmocka_unit_test_setup(a_full_table_forgets_the_quiet_and_not_the_busy, set_up),
		cmocka_unit_test_setup(more_addresses_than_places_keep_what_they_spent_last,
				       set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
