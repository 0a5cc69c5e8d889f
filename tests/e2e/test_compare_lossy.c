/* compare with a relay whose members' link loses datagrams: reliable updates are sent again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fixtures/process.h"

enum {
	PATIENCE_S = 60,
	LOST_PERCENT = 20,
	/* The last lost update may come again after the bench has ended. */
	STILL_LOST_PERCENT = 3,
	/* A fifth of 4 x 20 updates, give or take chance. */
	LEAST_LOST_PERCENT = 8,
};

/* A folder with a `starlingd` that is our relay on a lossy link. */
static char folder[] = "/tmp/starling-lossy-XXXXXX";
static char relay[sizeof(folder) + sizeof("/starlingd")];
static struct process bench;

static int set_up(void **state)
{
	FILE *script;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(relay, sizeof(relay), "%s/starlingd", folder);
	script = fopen(relay, "w");
	if (!script)
		return -1;
	fprintf(script, "#!/bin/sh\nexec '%s/starlingd' --impair-in loss=%d%% \"$@\"\n",
		process_build_folder(), LOST_PERCENT);
	return fclose(script) == 0 && chmod(relay, 0755) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	process_end(&bench);
	unlink(relay);
	rmdir(folder);
	return 0;
}

/*
 * The loss in per cent of all updates to all other members, with `--every`, which leaves none out.
 */
static double loss_of(const char *mode)
{
	const char *const words[] = { "starling-bench", "compare", "--members", "4",
				      "--rate",         "20",      "--seconds", "1",
				      "--repeat",       "1",       "--tick",    "auto",
				      "--only",         "every",   "--mode",    mode,
				      "--programs",     folder,    "--json",    NULL };
	const cJSON *row, *loss;
	cJSON *document;
	double percent;

	process_start(&bench, words);
	process_finish(&bench, PATIENCE_S); /* on a busy machine it says "not valid" */
	document = cJSON_Parse(bench.out_text);
	row = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(document, "rows"), 0);
	loss = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(row, "figures"),
						"loss");
	loss = cJSON_GetObjectItemCaseSensitive(loss, "median");
	if (!cJSON_IsNumber(loss))
		fail_msg("no loss: %s%s", bench.out_text, bench.err_text);
	percent = 100 * loss->valuedouble;
	cJSON_Delete(document);
	process_end(&bench);
	return percent;
}

static void updates_are_lost_where_they_are_not_reliable_and_come_again_where_they_are(void **state)
{
	const double unreliable = loss_of("unsequenced"), reliable = loss_of("reliable");

	(void)state;
	print_message("  note: %.1f %% lost unsequenced, %.1f %% reliable\n", unreliable, reliable);
	assert_true(unreliable > LEAST_LOST_PERCENT);
	assert_true(reliable < STILL_LOST_PERCENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			updates_are_lost_where_they_are_not_reliable_and_come_again_where_they_are),
	};

	return cmocka_run_group_tests_name("compare_lossy", tests, set_up, tear_down);
}
