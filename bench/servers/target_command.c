#include "bench/servers/target_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	RATE_SLACK = 4, /* times the members' rate that our relay is told to take */
};

static const char config_name[] = "mosquitto.conf";

bool target_find_program(const struct target *server, const char *folder,
			 char path[static PROGRAMS_PATH_BYTES])
{
	const char *const path_list = getenv("PATH"), *at = path_list ? path_list : "/usr/bin";
	char all[PROGRAMS_PATH_BYTES];

	if (!target_is_broker(server))
		return programs_find(folder, server->program, path);
	/* Servers are often where only root's PATH leads. */
	snprintf(all, sizeof(all), "%s:/usr/sbin:/usr/local/sbin", at);
	for (at = all; *at != '\0'; at += *at == ':') {
		const int size = (int)strcspn(at, ":");

		snprintf(path, PROGRAMS_PATH_BYTES, "%.*s/%s", size, at, server->program);
		if (size > 0 && access(path, X_OK) == 0)
			return true;
		at += size;
	}
	return false;
}

static void add_word(struct target_command *command, const char *word)
{
	command->words[command->word_count++] = (char *)(uintptr_t)word; /* as execv wants it */
}

static void add_words(struct target_command *command, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		add_word(command, words[i]);
}

static void add_number(struct target_command *command, const char *flag, double value)
{
	char *text = command->texts[command->text_count++];

	snprintf(text, COMMAND_TEXT_BYTES, "%.9g", value);
	add_word(command, flag);
	add_word(command, text);
}

const char *const target_input_unlimited[] = {
	"--member-datagrams",
	"0",
	"--member-bytes",
	"0",
	"--member-commands",
	"0",
	"--address-datagrams",
	"0",
	"--address-bytes",
	"0",
	"--address-commands",
	"0",
	"--address-joins",
	"0",
	NULL,
};

static void add_starling(struct target_command *command, const struct target *server,
			 const struct generator_config *load)
{
	static const char *const words[] = { "--host", "127.0.0.1", "--port", "0",
					     "--json", "--quiet",   NULL };

	add_words(command, words);
	if (server->is_every)
		add_word(command, "--every");
	if (server->tick_hz >= 0)
		add_number(command, "--tick", server->tick_hz);
	if (server->max_delay_ms > 0)
		add_number(command, "--max-delay", server->max_delay_ms);
	add_number(command, "--clients", load->members);
	add_number(command, "--per-address", load->members);
	add_number(command, "--members", generator_room_size(load, 0));
	add_number(command, "--rooms", generator_rooms(load));
	add_number(command, "--message-rate", (int)(RATE_SLACK * load->rate_hz) + 100);
	/* One address is all clients here. */
	add_words(command, target_input_unlimited);
}

static void add_baseline(struct target_command *command, const struct target *server,
			 const struct generator_config *load, unsigned limit_s)
{
	add_number(command, "-s", limit_s);
	if (server->kind == GENERATOR_NAIVE_ENET)
		add_number(command, "-c", load->members);
	if (server->kind == GENERATOR_UDP && server->tick_hz > 0)
		add_number(command, "-f", (int)(1e6 / server->tick_hz));
	if (server->is_segmented)
		add_word(command, "-S");
	if (server->is_nodelay)
		add_word(command, "-n");
	if (generator_rooms(load) > 1 && server->kind != GENERATOR_TCP)
		add_number(command, "-g", (load->members + load->rooms - 1) / load->rooms);
}

void target_command(struct target_command *command, const struct target *server, const char *folder,
		    const struct generator_config *load, unsigned limit_s, uint16_t port,
		    const char *scratch)
{
	static const char *const nats[] = { "-a", "127.0.0.1", NULL };

	*command = (struct target_command){ 0 };
	target_find_program(server, folder, command->path);
	add_word(command, server->program);
	switch (server->kind) {
	case GENERATOR_STARLING:
		add_starling(command, server, load);
		break;
	case GENERATOR_MQTT:
		snprintf(command->texts[0], COMMAND_TEXT_BYTES, "%.60s/%s", scratch, config_name);
		add_word(command, "-c");
		add_word(command, command->texts[0]);
		break;
	case GENERATOR_NATS:
		add_words(command, nats);
		add_number(command, "-p", port);
		break;
	default:
		add_baseline(command, server, load, limit_s);
	}
}

/* Nagle's algorithm is off, as who sends updates of a game would have it. */
int target_write_config(const char *scratch, uint16_t port)
{
	char path[COMMAND_TEXT_BYTES];
	FILE *file;
	int result;

	snprintf(path, sizeof(path), "%.60s/%s", scratch, config_name);
	file = fopen(path, "we");
	if (!file)
		return -errno;
	fprintf(file,
		"listener %u 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest none\n"
		"set_tcp_nodelay true\n",
		port);
	/* Else it becomes another user, and would outlive a bench that dies. */
	if (geteuid() == 0)
		fputs("user root\n", file);
	result = ferror(file) ? -EIO : 0;
	return fclose(file) == 0 ? result : -errno;
}

void target_remove_config(const char *scratch)
{
	char path[COMMAND_TEXT_BYTES];

	snprintf(path, sizeof(path), "%.60s/%s", scratch, config_name);
	unlink(path);
	rmdir(scratch);
}
