#include "client/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "client/options_table.h"
#include "proto/wire/text.h"

enum {
	QUOTE_BYTES = 100,
	/* What getopt_long returns for our flags; above every letter. */
	CODE_HELP = 0x1000,
	CODE_VERSION = 0x1001,
	CODE_FLAG = 0x2000, /* plus the flag's place */
};

static const char *quote(char out[QUOTE_BYTES], const char *text)
{
	return text_visible(out, QUOTE_BYTES, text, strlen(text));
}

static void set_defaults(struct options *options, const struct options_spec *spec)
{
	memset(options, 0, sizeof(*options));
	options->host = "127.0.0.1";
	options->port = STARLING_DEFAULT_PORT;
	options->room = "lobby";
	options->name = spec->default_name != NULL ? spec->default_name : spec->name;
	options->seed = 1;
	options->patience_s = 5;
}

const char *options_program(const struct options_spec *spec)
{
	return spec->program != NULL ? spec->program : "starling";
}

/* Misuse. */

static enum options_outcome misuse(struct options *options, const struct options_spec *spec,
				   const char *format, ...) __attribute__((format(printf, 3, 4)));

static enum options_outcome misuse(struct options *options, const struct options_spec *spec,
				   const char *format, ...)
{
	int size = snprintf(options->sentence, sizeof(options->sentence),
			    "%s %s: ", options_program(spec), spec->name);
	va_list arguments;

	va_start(arguments, format);
	if (size > 0 && (size_t)size < sizeof(options->sentence))
		vsnprintf(options->sentence + size, sizeof(options->sentence) - (size_t)size,
			  format, arguments);
	va_end(arguments);
	options->exit_status = 2;
	return OPTIONS_MISUSE;
}

/* getopt_long said '?': find out why. */
static enum options_outcome bad_flag(struct options *options, const struct options_spec *spec,
				     const struct options_table *table, const char *word)
{
	char quoted[QUOTE_BYTES];
	const char *first = NULL;

	if (optopt >= CODE_FLAG)
		return misuse(options, spec, "--%s takes no argument",
			      table->flags[optopt - CODE_FLAG].name);
	if (optopt == CODE_HELP || optopt == CODE_VERSION)
		return misuse(options, spec, "%s takes no argument",
			      optopt == CODE_HELP ? "--help" : "--version");
	if (optopt != 0) {
		char letter[] = { '-', (char)optopt, '\0' };

		return misuse(options, spec, "no flag %s; see %s %s --help", quote(quoted, letter),
			      options_program(spec), spec->name);
	}
	for (size_t i = 0; i < table->count; i++) {
		size_t size = strcspn(word + 2, "=");

		if (strncmp(word + 2, table->flags[i].name, size) != 0)
			continue;
		if (first != NULL)
			return misuse(options, spec, "%s may mean --%s or --%s; write it out",
				      quote(quoted, word), first, table->flags[i].name);
		first = table->flags[i].name;
	}
	return misuse(options, spec, "no flag %s; see %s %s --help", quote(quoted, word),
		      options_program(spec), spec->name);
}

static enum options_outcome read_flag(struct options *options, const struct options_spec *spec,
				      const struct options_flag *flag, const char *text)
{
	char must[LINK_MODEL_ERROR_BYTES] = "", quoted[QUOTE_BYTES];

	if (!flag->parse(flag, text, must, sizeof(must))) {
		if (flag->parse == options_impair) /* shows the text itself */
			return misuse(options, spec, "--%s: %s", flag->name, must);
		return misuse(options, spec, "--%s %s: %s", flag->name, quote(quoted, text), must);
	}
	options->has_name = options->has_name || flag->value == &options->name;
	options->has_mode = options->has_mode || flag->value == &options->mode;
	return OPTIONS_GO;
}

static enum options_outcome read_operands(struct options *options, const struct options_spec *spec)
{
	char must[160] = "", quoted[QUOTE_BYTES];

	if (options->operand_count > spec->operand_max)
		return misuse(options, spec, "%s is one argument too many; see %s %s --help",
			      quote(quoted, options->operands[spec->operand_max]),
			      options_program(spec), spec->name);
	if (options->operand_count < spec->operand_min)
		return misuse(options, spec, "%s is missing; see %s %s --help", spec->operands,
			      options_program(spec), spec->name);
	for (int i = 0; i < options->operand_count && spec->operand != NULL; i++) {
		const struct options_flag *operand = &spec->operand[i];

		if (!operand->parse(operand, options->operands[i], must, sizeof(must)))
			return misuse(options, spec, "%s %s: %s", operand->name,
				      quote(quoted, options->operands[i]), must);
	}
	return OPTIONS_GO;
}

/* Reading. */

static void long_options(const struct options_table *table, struct option *out, char *letters)
{
	size_t count = 0;

	*letters++ = ':'; /* tells a missing argument from an unknown flag */
	*letters++ = 'h';
	for (size_t i = 0; i < table->count; i++) {
		const struct options_flag *flag = &table->flags[i];

		out[count++] =
			(struct option){ flag->name,
					 flag->argument != NULL ? required_argument : no_argument,
					 NULL, CODE_FLAG + (int)i };
		if (flag->letter != 0)
			*letters++ = flag->letter;
		if (flag->letter != 0 && flag->argument != NULL)
			*letters++ = ':';
	}
	out[count++] = (struct option){ "help", no_argument, NULL, CODE_HELP };
	out[count++] = (struct option){ "version", no_argument, NULL, CODE_VERSION };
	out[count] = (struct option){ NULL, 0, NULL, 0 };
	*letters = '\0';
}

static const struct options_flag *find_flag(const struct options_table *table, int code)
{
	if (code >= CODE_FLAG)
		return &table->flags[code - CODE_FLAG];
	for (size_t i = 0; i < table->count; i++)
		if (table->flags[i].letter == code)
			return &table->flags[i];
	return NULL;
}

enum options_outcome options_read(struct options *options, const struct options_spec *spec,
				  int argc, char **argv)
{
	struct options_table table;
	struct option longs[OPTIONS_ALL_MAX + 3];
	char letters[2 * OPTIONS_ALL_MAX + 3];
	int code;

	set_defaults(options, spec);
	options_table_fill(&table, spec, options);
	long_options(&table, longs, letters);
	optind = 0; /* makes glibc begin anew */
	opterr = 0;
	while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		enum options_outcome outcome;

		if (code == CODE_HELP || code == 'h')
			return OPTIONS_HELP;
		if (code == CODE_VERSION)
			return OPTIONS_VERSION;
		if (code == '?')
			return bad_flag(options, spec, &table, argv[optind - 1]);
		if (code == ':') {
			const struct options_flag *flag = find_flag(&table, optopt);

			return misuse(options, spec, "--%s wants an argument: %s", flag->name,
				      flag->argument);
		}
		outcome = read_flag(options, spec, find_flag(&table, code), optarg);
		if (outcome != OPTIONS_GO)
			return outcome;
	}
	options->operands = argv + optind;
	options->operand_count = argc - optind;
	return read_operands(options, spec);
}

int options_parse(struct options *options, const struct options_spec *spec, int argc, char **argv)
{
	switch (options_read(options, spec, argc, argv)) {
	case OPTIONS_GO:
		return 0;
	case OPTIONS_HELP:
		options_help(spec, stdout);
		break;
	case OPTIONS_VERSION:
		printf("%s %s\n", options_program(spec), STARLING_VERSION);
		break;
	case OPTIONS_MISUSE:
		fprintf(stderr, "%s\n", options->sentence);
		break;
	}
	return -1;
}

void options_config(const struct options *options, struct starling_config *config)
{
	starling_default_config(config);
	config->host = options->host;
	config->port = options->port;
	config->room = options->room;
	config->name = options->name;
	config->up = config->down = options->mode;
	config->interest = options->sight.interest;
	config->radius_m = options->sight.radius_m;
	config->nearest = options->sight.nearest;
	config->mtu = (uint16_t)options->mtu;
}
