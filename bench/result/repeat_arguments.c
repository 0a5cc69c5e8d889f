#include "bench/result/repeat_arguments.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/cli/option_table.h"
#include "proto/wire/text.h"

/* What only the command line may say. */
static const struct {
	const char *name;
	bool has_value;
	bool is_of_relay; /* of one that runs already: makes sense where the file has one, too */
	const char *what;
} owned[] = {
	{ "relay", true, true, "which relay is loaded" }, /* first: OWNED_RELAY */
	{ "programs", true, false, "which programs are run" },
	{ "pid", true, true, "which process is watched" },
	{ "i-operate-this-relay", false, true, "that a relay is yours to load" },
	{ "hist", true, false, "where files are written" },
	{ "out", true, false, "where files are written" },
};

enum {
	OWNED_RELAY = 0,
	OWNED_COUNT = sizeof(owned) / sizeof(owned[0]),
	WORD_BYTES = 61, /* of a word in a sentence */
};

/* The length of a flag's name, without dashes and value; 0: it is no flag. */
static size_t name_size(const char *word)
{
	return strncmp(word, "--", 2) == 0 ? strcspn(word + 2, "=") : 0;
}

static bool is_flag(const char *word, const char *name)
{
	return option_may_mean(word, name) && name_size(word) == strlen(name);
}

static bool is_repeat_of(const char *word)
{
	/* --repeat is another flag, and what is shorter is not taken as this one. */
	return option_may_mean(word, "repeat-of") && name_size(word) > strlen("repeat");
}

static bool has_inner_value(const char *word)
{
	return strchr(word, '=') != NULL;
}

const char *repeat_file(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!is_repeat_of(argv[i]))
			continue;
		if (has_inner_value(argv[i]))
			return strchr(argv[i], '=') + 1;
		return i + 1 < argc ? argv[i + 1] : NULL;
	}
	return NULL;
}

/* The command line. */

static bool refuse(char *error, const char *file, const char *word)
{
	char shown[WORD_BYTES];

	snprintf(error, RESULT_ERROR_BYTES,
		 "--repeat-of %s: takes what is measured from the file; leave %s out. Beside "
		 "it may stand --json, --programs DIR and --hist FOLDER, and where the file has "
		 "them --relay HOST:PORT, --pid N and --i-operate-this-relay",
		 text_shown(file).text, text_visible(shown, sizeof(shown), word, strlen(word)));
	return false;
}

/* Takes the flag at argv[*i], and its value; moves *i to its last word. */
static bool take_own(struct repeat_wishes *wishes, size_t which, int argc, char **argv, int *i)
{
	const int count = owned[which].has_value && !has_inner_value(argv[*i]) ? 2 : 1;

	if (*i + count > argc || wishes->own_count + count > REPEAT_OWN_MAX)
		return false;
	for (int n = 0; n < count; n++)
		wishes->own[wishes->own_count++] = argv[*i + n];
	wishes->given |= 1U << which;
	*i += count - 1;
	return true;
}

bool repeat_wishes_parse(struct repeat_wishes *wishes, int argc, char **argv,
			 char error[static RESULT_ERROR_BYTES])
{
	bool has_file = false;

	*wishes = (struct repeat_wishes){ .file = repeat_file(argc, argv) };
	for (int i = 1; i < argc; i++) {
		size_t which = 0;

		if (is_repeat_of(argv[i]) && !has_file) {
			has_file = true;
			i += !has_inner_value(argv[i]);
			continue;
		}
		if (strcmp(argv[i], "--json") == 0) {
			wishes->is_json = true;
			continue;
		}
		while (which < OWNED_COUNT && !is_flag(argv[i], owned[which].name))
			which++;
		if (which == OWNED_COUNT || !take_own(wishes, which, argc, argv, &i))
			return refuse(error, wishes->file, argv[i]);
	}
	return true;
}

/* The file. */

/* What the word may mean that only the command line may say; OWNED_COUNT: nothing. */
static size_t find_owned(const char *word)
{
	size_t which = 0;

	while (which < OWNED_COUNT && !option_may_mean(word, owned[which].name))
		which++;
	return which;
}

static bool refuse_owned(const struct repeat_wishes *wishes, const char *word, const char *next,
			 size_t which, char *error)
{
	const char *value = owned[which].has_value && !has_inner_value(word) ? next : NULL;
	char one[WORD_BYTES], two[WORD_BYTES];

	snprintf(error, RESULT_ERROR_BYTES,
		 "%s: its arguments have %s%s%s, and a file may not say %s; if you want "
		 "that, give --%s beside --repeat-of",
		 text_shown(wishes->file).text, text_visible(one, sizeof(one), word, strlen(word)),
		 value ? " " : "", text_visible(two, sizeof(two), value, value ? strlen(value) : 0),
		 owned[which].what, owned[which].name);
	return false;
}

/* Copies the file's words but for those that the command line says. */
static bool add_file(const struct repeat_wishes *wishes, const struct result *result, char **argv,
		     int *argc, char *error)
{
	const size_t count = result_argument_count(result);
	bool has_relay = false;

	for (size_t i = 0; i < count; i++) {
		const char *word = result_argument(result, i);
		const size_t which = find_owned(word);

		if (is_repeat_of(word) || option_may_mean(word, "config")) {
			snprintf(error, RESULT_ERROR_BYTES,
				 "%s: its arguments have %s, which a file may not have",
				 text_shown(wishes->file).text, text_shown(word).text);
			return false;
		}
		if (which == OWNED_COUNT) {
			argv[(*argc)++] = (char *)(uintptr_t)word;
			continue;
		}
		if (!(wishes->given & 1U << which))
			return refuse_owned(wishes, word, result_argument(result, i + 1), which,
					    error);
		has_relay |= which == OWNED_RELAY;
		i += owned[which].has_value && !has_inner_value(word);
	}
	for (size_t which = 0; which < OWNED_COUNT && !has_relay; which++) {
		if (!owned[which].is_of_relay || !(wishes->given & 1U << which))
			continue;
		snprintf(error, RESULT_ERROR_BYTES,
			 "--%s: %s was measured with a relay of the bench's own; another one "
			 "cannot repeat it, so leave --%s out",
			 owned[which].name, text_shown(wishes->file).text, owned[which].name);
		return false;
	}
	return true;
}

char **repeat_arguments(const struct repeat_wishes *wishes, const struct result *result, int *argc,
			char error[static RESULT_ERROR_BYTES])
{
	const size_t count = result_argument_count(result) + (size_t)wishes->own_count + 2;
	char **argv = calloc(count, sizeof(*argv));

	if (!argv) {
		snprintf(error, RESULT_ERROR_BYTES, "not enough memory");
		return NULL;
	}
	argv[0] = (char *)(uintptr_t)result_command(result); /* as main has it */
	*argc = 1;
	for (int i = 0; i < wishes->own_count; i++)
		argv[(*argc)++] = wishes->own[i];
	if (add_file(wishes, result, argv, argc, error))
		return argv;
	free(argv);
	return NULL;
}
