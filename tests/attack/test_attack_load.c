/* The attackers in a process of their own, and our relay under them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "tests/attack/attack_load.h"
#include "tests/fixtures/bench/result_document.h"
#include "tests/fixtures/process.h"

static void each_kind_of_attacker_comes_in_turn_at_a_stated_rate(void **state)
{
	bool is_there[ATTACKER_KINDS] = { false };

	(void)state;
	for (unsigned i = 0; i < ATTACK_LOAD_KINDS; i++)
		is_there[attack_load_kind(i)] = true;
	for (unsigned i = 0; i < ATTACK_LOAD_KINDS; i++)
		assert_int_equal(attack_load_kind(i), attack_load_kind(i + ATTACK_LOAD_KINDS));
	assert_true(is_there[ATTACKER_FLOODS] && is_there[ATTACKER_BABBLES] &&
		    is_there[ATTACKER_READS_NOTHING] && is_there[ATTACKER_LIES] &&
		    is_there[ATTACKER_WAVERS] && is_there[ATTACKER_STRAYS]);
	assert_false(is_there[ATTACKER_QUIET]);
	/* Floods and lies, the two at the rate that is taken, the one that says a word at times. */
	assert_true(attack_load_rate_hz(ATTACK_LOAD_KINDS, ATTACKER_KINDS) ==
		    2 * 2000 + 2 * 240 + 4);
	assert_true(attack_load_rate_hz(10, ATTACKER_QUIET) == 40);
}

static void attackers_that_sent_half_of_their_load_were_busy(void **state)
{
	/* One floods with 2,000 a second; the second is sent away too often to count on. */
	const struct attack_load_result half = { .said = 10000, .ran_ns = INT64_C(10000000000) },
					less = { .said = 9999, .ran_ns = INT64_C(10000000000) },
					none = { 0 };

	(void)state;
	assert_true(attack_load_said_hz(&half) == 1000 && attack_load_said_hz(&none) == 0);
	assert_true(attack_load_was_busy(&half, 2, ATTACKER_KINDS));
	assert_false(attack_load_was_busy(&less, 2, ATTACKER_KINDS));
	assert_false(attack_load_was_busy(&none, 2, ATTACKER_KINDS));
}

static void members_are_served_while_attackers_are_there(void **state)
{
	char path[] = "/tmp/starling-attack-XXXXXX", text[1 << 14] = "";
	static struct process attack;
	cJSON *document;
	const cJSON *row;
	FILE *file;
	int status;

	(void)state;
	close(mkstemp(path));
	process_start(&attack, (const char *const[]){ "tests/attack/attack", path, "4", "6", "0.3",
						      "1", NULL });
	status = process_finish(&attack, 90);
	if (status != 0 && status != 3)
		fail_msg("exit %d: %s", status, attack.err_text);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	unlink(path);
	document = cJSON_Parse(text);
	assert_int_equal(cJSON_GetArraySize(result_document_part(document, "rows")), 6);
	row = cJSON_GetArrayItem(result_document_part(document, "rows"), 2);
	assert_string_equal(result_document_label(row, "contender"), "starling auto +6 hostile");
	assert_true(result_document_median(row, "p99_ratio") > 0);
	assert_true(result_document_median(row, "p99_ratio_quiet") > 0);
	assert_true(result_document_median(row, "hostile_messages_per_s") > 10);
	assert_non_null(strstr(attack.out_text, "times as long with 6 attackers"));
	cJSON_Delete(document);
	process_end(&attack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_attacker_comes_in_turn_at_a_stated_rate),
		cmocka_unit_test(attackers_that_sent_half_of_their_load_were_busy),
		cmocka_unit_test(members_are_served_while_attackers_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
