#include "relay/config_internal.h"

#include <string.h>

#include "proto/wire/wire.h"

/* For whom a change holds in a running relay. */
#define RESTART NULL
#define AT_ONCE ""

#define SEED_MAX 9007199254740991.0 /* the largest that every JSON number can hold: 2^53 - 1 */

static bool read_tick(const struct option_row *row, const char *text, char *must, size_t must_bytes)
{
	if (strcmp(text, "auto") == 0) {
		*(double *)row->value = CONFIG_TICK_AUTO;
		return true;
	}
	if (option_read_number(row, text, must, must_bytes))
		return true;
	snprintf(must, must_bytes, "must be auto, or a number from %g to %g", row->min, row->max);
	return false;
}

static void print_tick(const struct option_row *row, char out[OPTION_TEXT_BYTES])
{
	if (*(const double *)row->value == CONFIG_TICK_AUTO)
		strcpy(out, "\"auto\"");
	else
		option_print_number(row, out);
}

static const struct option_kind tick_kind = { .forms = OPTION_AS_TEXT | OPTION_AS_NUMBER,
					      .read = read_tick,
					      .bytes = sizeof(double),
					      .print = print_tick };

void config_list_settings(struct config *config, struct setting settings[static SETTINGS])
{
	const struct setting all[SETTINGS] = {
		{ { "host", 0, "ADDRESS", "address to bind (127.0.0.1; ::, all of this machine's)",
		    &option_address, &config->host, 0, CONFIG_HOST_BYTES - 1 },
		  RESTART },
		{ { "port", 0, "N", "UDP port (7777; 0: any free one)", &option_port, &config->port,
		    0, 65535 },
		  RESTART },
		{ { "user", 0, "NAME", "go on as this user once all is open (as who started it)",
		    &option_address, &config->user, 0, CONFIG_USER_BYTES - 1 },
		  RESTART },
		{ { "control", 0, "PATH", "open a local socket for starling moderate (none)",
		    &option_address, &config->control, 0, CONFIG_PATH_BYTES - 1 },
		  RESTART },
		{ { "bans", 0, "FILE", "keep bans in this file, and read it at the start (none)",
		    &option_address, &config->bans, 0, CONFIG_PATH_BYTES - 1 },
		  RESTART },
		{ { "http", 0, "HOST:PORT", "tell browsers and Prometheus how it is there (off)",
		    &option_address, config->http, 0, sizeof(config->http) - 1 },
		  RESTART },
		{ { "http-token-file", 0, "FILE", "tell only who brings this file's token (none)",
		    &option_address, config->http_token_file, 0, CONFIG_PATH_BYTES - 1 },
		  RESTART },
		{ { "no-sandbox", 0, NULL, "do not limit the process to the system calls it needs",
		    &option_switch, &config->no_sandbox, 0, 1 },
		  RESTART },
		{ { "tick", 0, "HZ|auto", "a room's flushes a second (auto: by load; 0: at once)",
		    &tick_kind, &config->tick_hz, 0, 1000 },
		  RESTART },
		{ { "flush-share", 0, "F", "auto: share of a core that flushing may take (0.25)",
		    &option_number, &config->flush_share, 0.01, 1 },
		  RESTART },
		{ { "max-delay", 0, "MS", "auto: no state waits longer to be flushed (16)",
		    &option_number, &config->max_delay_ms, 0.1, 1000 },
		  RESTART },
		{ { "clients", 0, "N", "connections in all (512)", &option_count, &config->clients,
		    1, 4095 },
		  RESTART },
		{ { "per-address", 0, "N", "connections from one address (256)", &option_count,
		    &config->per_address, 1, 4095 },
		  AT_ONCE },
		{ { "member-datagrams", 0, "N",
		    "datagrams a second read of a member (2000; 0: any)", &option_count,
		    &config->member_input.of[INPUT_DATAGRAMS], 0, 1 << 30 },
		  AT_ONCE },
		{ { "member-bytes", 0, "BYTES", "the same, in bytes (1048576; 0: any)",
		    &option_count, &config->member_input.of[INPUT_BYTES], 0, 1 << 30 },
		  AT_ONCE },
		{ { "member-commands", 0, "N", "the same, in ENet's commands (8000; 0: any)",
		    &option_count, &config->member_input.of[INPUT_COMMANDS], 0, 1 << 30 },
		  AT_ONCE },
		{ { "address-datagrams", 0, "N",
		    "datagrams a second read of an address (32000; 0: any)", &option_count,
		    &config->address_input.of[INPUT_DATAGRAMS], 0, 1 << 30 },
		  AT_ONCE },
		{ { "address-bytes", 0, "BYTES", "the same, in bytes (16777216; 0: any)",
		    &option_count, &config->address_input.of[INPUT_BYTES], 0, 1 << 30 },
		  AT_ONCE },
		{ { "address-commands", 0, "N", "the same, in ENet's commands (128000; 0: any)",
		    &option_count, &config->address_input.of[INPUT_COMMANDS], 0, 1 << 30 },
		  AT_ONCE },
		{ { "address-joins", 0, "N", "connections a second of an address (256; 0: any)",
		    &option_count, &config->address_joins, 0, 1 << 30 },
		  AT_ONCE },
		{ { "rooms", 0, "N", "rooms (64)", &option_count, &config->rooms, 1, 65535 },
		  RESTART },
		{ { "members", 0, "N", "members of a room (256)", &option_count, &config->members,
		    1, 4095 },
		  "for rooms that open from now on; if it is less, for all" },
		{ { "entities", 0, "N", "entities of a member (64)", &option_count,
		    &config->entities, 1, WIRE_INDEX_MAX + 1 },
		  RESTART },
		{ { "payload", 0, "BYTES", "payload of an entity (64)", &option_count,
		    &config->payload_bytes, 0, WIRE_PAYLOAD_MAX_BYTES },
		  RESTART },
		{ { "message-rate", 0, "N", "messages a second taken from a member (240)",
		    &option_count, &config->message_rate, 1, 100000 },
		  "for clients that connect from now on" },
		{ { "member-output", 0, "BYTES",
		    "a second to all for a member's events (524288; 0: any)", &option_count,
		    &config->member_output, 0, 1 << 30 },
		  AT_ONCE },
		{ { "room-output", 0, "BYTES",
		    "the same of all members of a room (2097152; 0: any)", &option_count,
		    &config->room_output, 0, 1 << 30 },
		  AT_ONCE },
		{ { "malformed", 0, "N", "malformed messages before a client is refused (16)",
		    &option_count, &config->malformed, 1, 1000000 },
		  AT_ONCE },
		{ { "backlog", 0, "BYTES", "reliable bytes that may wait for a member (262144)",
		    &option_count, &config->backlog_bytes, 4096, 1 << 30 },
		  AT_ONCE },
		{ { "backlog-time", 0, "S",
		    "how long a member may acknowledge none of these (5; 0: any)", &option_number,
		    &config->backlog_s, 0, 3600 },
		  AT_ONCE },
		{ { "grain", 0, "UM", "length of a coordinate step in micrometres (1000)",
		    &option_count, &config->grain_um, 1, WIRE_GRAIN_MAX_UM },
		  RESTART },
		{ { "sight", 0, "N", "entities that interest shows a member at most (256)",
		    &option_count, &config->sight, 1, WIRE_NEAREST_MAX },
		  AT_ONCE },
		{ { "every", 0, NULL, "relay every update, to measure loss one for one",
		    &option_switch, &config->every, 0, 1 },
		  RESTART },
		{ { "budget", 0, "BYTES", "snapshots' bytes a second to a member (0: no limit)",
		    &option_count, &config->budget, 0, 1000000000 },
		  AT_ONCE },
		{ { "budget-fixed", 0, NULL, "do not learn what a member's link carries",
		    &option_switch, &config->budget_fixed, 0, 1 },
		  AT_ONCE },
		{ { "hello-time", 0, "S", "time that a client has to say HELLO in (5)",
		    &option_number, &config->hello_s, 0.1, 3600 },
		  AT_ONCE },
		{ { "timeout", 0, "S", "a client without a word for this long is lost (10)",
		    &option_number, &config->timeout_s, 0.5, 3600 },
		  AT_ONCE },
		{ { "grace", 0, "S", "keep the place of a lost member so long (30; 0: do not)",
		    &option_number, &config->grace_s, 0, 3600 },
		  "for members that are lost from now on" },
		{ { "settle", 0, "S", "repeat reliably what rests so long (0.25; 0: never)",
		    &option_number, &config->settle_s, 0, 3600 },
		  RESTART },
		{ { "goodbye-for-good", 0, NULL, "at a stop, tell clients not to try again",
		    &option_switch, &config->goodbye_for_good, 0, 1 },
		  AT_ONCE },
		{ { "enet-throttle", 0, NULL,
		    "leave ENet's packet throttle on, to see what it drops", &option_switch,
		    &config->enet_throttle, 0, 1 },
		  RESTART },
		{ { "share-channel", 0, NULL,
		    "take events on the state channel, to see what it does", &option_switch,
		    &config->share_channel, 0, 1 },
		  RESTART },
		{ { "sequence-start", 0, "N",
		    "ENet's number of the first state, to see it wrap (0)", &option_count,
		    &config->sequence_start, 0, 65535 },
		  RESTART },
		{ { "impair-in", 0, "TEXT", "impair what comes from clients, as delay=40ms,loss=2%",
		    &option_impairment, &config->impair_in, 0, 0 },
		  RESTART },
		{ { "impair-out", 0, "TEXT", "impair what goes to clients", &option_impairment,
		    &config->impair_out, 0, 0 },
		  RESTART },
		{ { "seed", 0, "N", "seed of the impairments' random draws (1)", &option_seed,
		    &config->seed, 0, SEED_MAX },
		  RESTART },
		{ { "json", 0, NULL, "reports as JSON, one line each", &option_switch,
		    &config->json, 0, 1 },
		  AT_ONCE },
		{ { "verbose", 'v', NULL, "log each client", &option_level, &config->verbose, 1,
		    1 },
		  AT_ONCE },
		{ { "quiet", 'q', NULL, "log warnings only", &option_level, &config->verbose, -1,
		    -1 },
		  AT_ONCE },
	};

	memcpy(settings, all, sizeof(all));
}
