#include "relay/control/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/wire/text.h"
#include "relay/log/log.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	/* How often it looks whether somebody connects; and, while somebody is there, says
	 * something. Nothing wakes the loop for it: its own traffic is what matters. */
	LOOK_MS = 50,
	LOOK_BUSY_MS = 2,
	EXPIRE_MS = 1000,
	LINES_A_LOOK = 16, /* of one connection */
};

/* Opening. */

static bool open_bans(struct control *control, char error[CONTROL_ERROR_BYTES])
{
	const struct config *config = control->config;
	bool is_missing;

	if (!*config->bans)
		return true;
	if (!bans_file_open(&control->file, config->bans, *config->control, error) ||
	    !bans_file_read(control->file, &control->bans, &is_missing, error))
		return false;
	log_info("%zu %s from %.200s", control->bans.count,
		 text_plural(control->bans.count, "ban", "bans"), text_shown(config->bans).text);
	return true;
}

static bool open_socket(struct control *control, const struct privileges_user *owner,
			char error[CONTROL_ERROR_BYTES])
{
	const char *path = control->config->control;

	control->has_socket = *path && control_socket_open(&control->socket, path, owner, error);
	return control->has_socket || !*path;
}

bool control_open(struct control *control, struct server *server,
		  const struct privileges_user *owner, char error[CONTROL_ERROR_BYTES])
{
	*control = (struct control){ .config = server->config };
	control->actions = (struct actions){ .server = server, .bans = &control->bans };
	for (size_t i = 0; i < CONTROL_CONNECTIONS; i++)
		control->clients[i].connection.descriptor = -1;
	server_use_bans(server, &control->bans);
	if (open_bans(control, error) && open_socket(control, owner, error))
		return true;
	control_close(control);
	return false;
}

bool control_check(const struct control *control, char error[CONTROL_ERROR_BYTES])
{
	return !control->file || !control->has_socket || bans_file_check(control->file, error);
}

static void close_client(struct control_client *client)
{
	connection_close(&client->connection);
	free(client->answer);
	client->answer = NULL;
	client->save = 0;
}

void control_close(struct control *control)
{
	if (!control->config)
		return;
	for (size_t i = 0; i < CONTROL_CONNECTIONS; i++)
		close_client(&control->clients[i]);
	if (control->has_socket)
		control_socket_close(&control->socket);
	bans_file_close(control->file);
	bans_fini(&control->bans);
	*control = (struct control){ 0 };
}

/* Answering. */

/* As a line; NULL: no memory. */
static char *line_of(cJSON *answer)
{
	char *json = cJSON_PrintUnformatted(answer), *line = NULL;
	const size_t size = json ? strlen(json) : 0;

	cJSON_Delete(answer);
	if (json)
		line = malloc(size + 2);
	if (line) {
		memcpy(line, json, size);
		memcpy(line + size, "\n", 2);
	}
	cJSON_free(json);
	return line;
}

/* Has the bans written. Without memory for that, they are with the next change. */
static void save_bans(struct control *control)
{
	const struct bans_now now = bans_text_now();
	size_t size;
	char *text = bans_text_write(&control->bans, &now, &size);

	if (text)
		control->saved = bans_file_save(control->file, text, size);
	else
		log_warning("no memory to write the bans' file; the next change writes it");
}

static void log_command(const char *line, size_t size)
{
	char shown[CONNECTION_LINE_MAX_BYTES / 8];

	log_info("an operator asks: %s", text_visible(shown, sizeof(shown), line, size));
}

static cJSON *obey(struct control *control, const char *line, size_t size, int64_t now_ns)
{
	char error[COMMAND_ERROR_BYTES];
	struct command command;

	if (!line) {
		snprintf(error, sizeof(error), "a line has at most %d bytes",
			 CONNECTION_LINE_MAX_BYTES - 1);
		return actions_error(error);
	}
	if (!command_read(line, size, &command, error))
		return actions_error(error);
	if (command.kind != COMMAND_LIST && command.kind != COMMAND_BANS)
		log_command(line, size);
	return actions_do(&control->actions, &command, now_ns);
}

/* A change of the bans is answered when it is on the disk. */
static void answer(struct control *control, struct control_client *client, const char *line,
		   size_t size, int64_t now_ns)
{
	char *text = line_of(obey(control, line, size, now_ns));

	if (control->actions.has_banned && control->file) {
		save_bans(control);
		client->answer = text;
		client->save = control->saved;
	} else {
		connection_answer(&client->connection, text);
	}
	control->actions.has_banned = false;
}

static void finish_saving(struct control *control, struct control_client *client)
{
	char sentence[CONTROL_ERROR_BYTES];
	int result;

	if (client->save == 0 || !bans_file_is_saved(control->file, client->save, &result))
		return;
	client->save = 0;
	if (result != 0) {
		snprintf(sentence, sizeof(sentence),
			 "it is done, and lost with the relay's end: the bans' file cannot be "
			 "written: %s",
			 strerror(-result));
		log_warning("%s", sentence);
		free(client->answer);
		client->answer = line_of(actions_error(sentence));
	}
	connection_answer(&client->connection, client->answer);
	client->answer = NULL;
}

/* Returns whether it did something. */
static bool serve(struct control *control, struct control_client *client, int64_t now_ns)
{
	const char *line;
	unsigned lines = 0;
	size_t size;

	finish_saving(control, client);
	while (lines < LINES_A_LOOK && connection_next(&client->connection, now_ns, &line, &size)) {
		answer(control, client, line, size, now_ns);
		lines++;
	}
	return lines > 0;
}

/* A turn. */

static void reload(struct control *control, int64_t now_ns)
{
	char error[BANS_FILE_ERROR_BYTES];
	struct bans fresh = { 0 };
	bool is_missing;
	int result;

	if (!bans_file_is_saved(control->file, control->saved, &result))
		return;
	control->is_reload_due = false;
	if (!bans_file_read(control->file, &fresh, &is_missing, error) || is_missing) {
		log_warning("SIGHUP: the bans stay as they were: %s",
			    is_missing ? "there is no file of them" : error);
		bans_fini(&fresh);
		return;
	}
	bans_fini(&control->bans);
	control->bans = fresh;
	log_info("SIGHUP: %zu %s now", fresh.count, text_plural(fresh.count, "ban", "bans"));
	actions_enforce_bans(&control->actions, now_ns);
}

void control_reload(struct control *control)
{
	control->is_reload_due = control->file != NULL;
	control->look_ns = 0;
}

static void accept_one(struct control *control, int64_t now_ns)
{
	for (size_t i = 0; i < CONTROL_CONNECTIONS; i++) {
		struct connection *connection = &control->clients[i].connection;

		if (connection->descriptor >= 0)
			continue;
		connection_open(connection, control_socket_accept(&control->socket), now_ns);
		return;
	}
}

static bool serve_all(struct control *control, int64_t now_ns)
{
	bool has_worked = false;

	if (!control->has_socket)
		return false;
	accept_one(control, now_ns);
	for (size_t i = 0; i < CONTROL_CONNECTIONS; i++)
		has_worked |= serve(control, &control->clients[i], now_ns);
	return has_worked;
}

static bool is_busy(const struct control *control)
{
	bool is_busy = control->is_reload_due;

	for (size_t i = 0; i < CONTROL_CONNECTIONS; i++)
		is_busy |= control->clients[i].connection.descriptor >= 0;
	return is_busy;
}

static int64_t rest_ms(const struct control *control)
{
	if (is_busy(control))
		return LOOK_BUSY_MS;
	return control->has_socket ? LOOK_MS : EXPIRE_MS;
}

int64_t control_turn(struct control *control, int64_t now_ns)
{
	if (!control->has_socket && !control->file)
		return INT64_MAX;
	if (now_ns < control->look_ns)
		return control->look_ns;
	if (control->is_reload_due)
		reload(control, now_ns);
	if (now_ns >= control->expire_ns) {
		bans_expire(&control->bans, now_ns);
		control->expire_ns = now_ns + EXPIRE_MS * NS_PER_MS;
	}
	/* Messages that a command caused leave with the server's next turn. */
	if (serve_all(control, now_ns)) {
		control->look_ns = now_ns + LOOK_BUSY_MS * NS_PER_MS;
		return now_ns;
	}
	control->look_ns = now_ns + rest_ms(control) * NS_PER_MS;
	return control->look_ns;
}
