/*
 * Any bytes as the file that --config names, read by the relay's table of options: a refusal is one
 * sentence with the place, and the settings of a good file are those that the same values give as
 * flags.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/config_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void init_table(struct option_table *table, struct config *config)
{
	struct setting settings[SETTINGS];

	config_default(config);
	config_list_settings(config, settings);
	*table = (struct option_table){ .program = "starlingd", .summary = "", .count = SETTINGS };
	for (size_t i = 0; i < SETTINGS; i++)
		table->rows[i] = settings[i].row;
}

static void show_difference(const char *name, const char *before, const char *now,
			    const char *takes)
{
	fprintf(stderr, "%s is %s by the file, %s by the flag%s\n", name, before, now,
		takes ? "" : ", from the start on");
}

static void check_flags(struct config *by_file, struct option_words *words)
{
	static struct config by_flags;
	static struct option_table table;
	static struct option_reading reading;
	static char program[] = "starlingd";
	char *argv[OPTION_ROWS_MAX + 2] = { program };
	int argc = 1;

	for (size_t at = 0; at < words->used; at += strlen(words->bytes + at) + 1) {
		require(argc <= OPTION_ROWS_MAX);
		argv[argc++] = words->bytes + at;
	}
	init_table(&table, &by_flags);
	require(option_table_read(&table, &reading, argc, argv) == OPTION_GO);
	require(config_take(by_file, &by_flags, show_difference) == 0);
}

static void check_sentence(const char *sentence)
{
	require(strncmp(sentence, "a:", 2) == 0 && strlen(sentence) < OPTION_SENTENCE_BYTES);
	for (const char *c = sentence; *c; c++)
		require((unsigned char)*c >= ' ' || *c == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config config;
	static struct option_table table;
	static struct option_reading reading;
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	memset(&reading, 0, sizeof(reading));
	init_table(&table, &config);
	if (option_table_read_text(&table, &reading, text, size, "a"))
		check_flags(&config, &reading.words);
	else
		check_sentence(reading.sentence);
	free(text);
	return 0;
}
