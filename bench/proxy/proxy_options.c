#include "bench/proxy/proxy_options.h"

#include <stdio.h>

static bool read_listen(const struct option_row *row, const char *text, char *must,
			size_t must_bytes)
{
	char error[ENDPOINT_ERROR_BYTES];

	snprintf(must, must_bytes,
		 "must be HOST:PORT to listen on, as 127.0.0.1:7000 or [::1]:7000, or a PORT of "
		 "127.0.0.1; port 0 takes any free one");
	return endpoint_parse(row->value, text, 0, error);
}

static bool read_to(const struct option_row *row, const char *text, char *must, size_t must_bytes)
{
	struct endpoint *endpoint = row->value;
	char error[ENDPOINT_ERROR_BYTES];

	snprintf(must, must_bytes,
		 "must be HOST:PORT of the server, as 127.0.0.1:7777 or [::1]:7777, or a PORT of "
		 "127.0.0.1");
	return endpoint_parse(endpoint, text, 0, error) && endpoint->port != 0;
}

static const struct option_kind listen_kind = { .forms = OPTION_AS_TEXT | OPTION_AS_NUMBER,
						.read = read_listen };
static const struct option_kind to_kind = { .forms = OPTION_AS_TEXT | OPTION_AS_NUMBER,
					    .read = read_to };

int proxy_options_read(struct proxy_options *options, int argc, char **argv)
{
	const struct option_row rows[] = {
		{ "listen", 0, "HOST:PORT", "where clients send to (needed)", &listen_kind,
		  &options->listen, 0, 0 },
		{ "to", 0, "HOST:PORT", "the server behind (needed)", &to_kind, &options->to, 0,
		  0 },
		{ "seconds", 0, "S", "stop after S seconds (default: at Ctrl-C)", &option_number,
		  &options->seconds, 0.1, 1e6 },
	};
	const struct options_spec spec = {
		.name = "proxy",
		.program = "starling-bench",
		.summary = "Stand between the clients of any game and its server, as a bad "
			   "network does",
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_VERBOSE | OPTIONS_PATIENCE,
		.epilogue = "In is the way from the clients to the server, out the way back. Each "
			    "client has a link of its own. SIGUSR1 prints what was counted so "
			    "far, as the end does.",
	};

	if (options_parse(&options->shared, &spec, argc, argv) < 0)
		return -1;
	if (options->listen.host[0] != '\0' && options->to.host[0] != '\0')
		return 0;
	fprintf(stderr, "starling-bench proxy: %s is missing; see starling-bench proxy --help\n",
		options->listen.host[0] == '\0' ? "--listen HOST:PORT" : "--to HOST:PORT");
	options->shared.exit_status = 2;
	return -1;
}
