#include "bench/commands.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/command.h"
#include "bench/options/load_options.h"
#include "bench/result/build/load.h"
#include "proto/cli/output.h"

struct load_command {
	struct load_options options;
	struct load_result found[LOAD_TURNS_MAX];
	struct run_ground ground;
	int argc;
	char **argv;
};

static int fail(int status, const char *sentence)
{
	return command_fail("load", status, sentence);
}

static void show_progress(void *context, const struct load_progress *progress)
{
	const struct load_command *command = context;
	static const char *const units[] = { "members", "Hz", "rooms" }; /* enum load_by */

	if (!output_is_watched(STDERR_FILENO))
		return;
	fputs("\r\033[K", stderr);
	if (progress->load == 0)
		return;
	if (command->options.count > 1)
		fprintf(stderr, "%s, ", progress->config->target.label);
	if (progress->run == 0)
		fprintf(stderr, "the path's own: %d members", LOAD_PATH_MEMBERS);
	else
		fprintf(stderr, "run %u: %.4g %s", progress->run, progress->load,
			units[progress->config->by]);
	if (isfinite(progress->left_s))
		fprintf(stderr, "; about %.0f s left", progress->left_s);
}

/* Prints the result. 0, or the exit status. */
static int deliver(const struct load_command *command)
{
	struct result *result = result_create("load", command->argc, command->argv, false);

	if (result)
		load_document(command->options.configs, command->found, command->options.count,
			      result);
	return command_deliver("load", &command->options.shared, COMMAND_TABLES, result);
}

/* Says what ended searches before their time, and what ended all of them once. */
static void say_errors(const struct load_command *command)
{
	const char *said = "";

	for (unsigned i = 0; i < command->options.count; i++) {
		const char *error = command->found[i].error;

		if (error[0] == '\0' || strcmp(error, said) == 0)
			continue;
		fail(1, error);
		said = error;
	}
}

static int run(struct load_command *command)
{
	bool is_any = false, are_valid = true;
	char error[LOAD_RELAY_ERROR_BYTES];
	int status;

	command_watch_signals();
	/* With a relay that runs already there is one search. */
	if (load_relay_find(&command->options.relay, &command->ground,
			    &command->options.configs[0].base, error) != 0)
		return fail(1, error);
	status = load_search_in_turn(command->options.configs, command->options.count,
				     command->found);
	say_errors(command);
	for (unsigned i = 0; i < command->options.count; i++) {
		is_any = is_any || command->found[i].path_count > 0;
		are_valid = are_valid && load_is_valid(&command->found[i]);
	}
	if (is_any && deliver(command) != 0)
		return 1;
	if (status < 0)
		return 1;
	return are_valid ? 0 : COMMAND_NOT_VALID;
}

int load_run(int argc, char **argv)
{
	static struct load_command command;
	struct load_options *options = &command.options;
	char error[TARGET_ERROR_BYTES];
	int status;

	command.argc = argc;
	command.argv = argv;
	if (load_options_parse(options, argc, argv) < 0)
		return options->shared.exit_status;
	options->config.ground = &command.ground;
	options->config.progress = show_progress;
	options->config.context = &command;
	status = load_options_apply(options);
	if (status != 0)
		return status;
	if (run_open(&command.ground, options->programs, &command_is_stopped, error) < 0)
		return fail(1, error);
	status = run(&command);
	run_close(&command.ground);
	return status;
}
