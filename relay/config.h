/*
 * config: the relay's configuration, from flags and a JSON file; a flag wins.
 */
#ifndef STARLING_RELAY_CONFIG_H
#define STARLING_RELAY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/enet/guard/input_budget.h"
#include "proto/net/link/link_model.h"

enum {
	CONFIG_ERROR_BYTES = 1024,
	CONFIG_HOST_BYTES = 64,
	CONFIG_USER_BYTES = 64,
	CONFIG_PATH_BYTES = 1024,
	CONFIG_TOLD_BYTES = 80, /* a value that config_take tells, as text */
};

/* As config.tick_hz: each flush sets the time of the next (schedule.h). "auto" in words. */
#define CONFIG_TICK_AUTO (-1.0)

struct config {
	char host[CONFIG_HOST_BYTES];     /* address to bind; "::": all, "0.0.0.0": IPv4's */
	uint16_t port;                    /* 0: any free one */
	char user[CONFIG_USER_BYTES];     /* to go on as, once all is open; "": as who started it */
	char control[CONFIG_PATH_BYTES];  /* where operators reach it (control.h); "": nowhere */
	char bans[CONFIG_PATH_BYTES];     /* the file of its bans; "": none */
	char http[CONFIG_HOST_BYTES + 8]; /* HOST:PORT of its web (proto/web/web.h); "": none */
	char http_token_file[CONFIG_PATH_BYTES]; /* whose token that asks for; "": for none */
	bool no_sandbox; /* may call the kernel for anything, as a debugger or a profiler needs */
	double tick_hz;  /* flushes a second of each room; 0: relay at once; CONFIG_TICK_AUTO */
	double flush_share;  /* with CONFIG_TICK_AUTO: of a core, that flushing may take */
	double max_delay_ms; /* with it: no state waits longer for its flush */

	unsigned clients;     /* connections in all */
	unsigned per_address; /* connections from one address */
	/* How much is read a second of a member, and of all members of an address. */
	struct input_rates member_input, address_input;
	unsigned address_joins; /* connections of one address a second; 0: any */
	unsigned rooms;
	unsigned members;       /* a room */
	unsigned entities;      /* a member */
	unsigned payload_bytes; /* an entity */
	unsigned message_rate; /* messages a second from a member; a second's worth may come at once
				*/
	unsigned member_output; /* bytes a second that a member's events and ends of entities may */
	unsigned room_output;   /* cost on the way out, and all of a room's (budget.h); 0: any */
	unsigned malformed;     /* malformed messages before a member is refused */
	unsigned backlog_bytes; /* reliable bytes waiting for a member before it is refused as slow
				 */
	double backlog_s;  /* the same when it has acknowledged none of them for so long; 0: any */
	unsigned grain_um; /* length of a coordinate step */
	unsigned sight;    /* entities that one with interest `radius` or `nearest` may see */
	bool every; /* relay each update, not just the newest of each entity; interest is in all */
	unsigned budget;   /* bytes a second of SNAPSHOTs to a member, at most; 0: no limit */
	bool budget_fixed; /* do not learn less from what members report */

	double hello_s;   /* time to say HELLO in */
	double timeout_s; /* no word from a client for this long: it is lost */
	double grace_s;   /* the place of a lost member is kept so long; 0: it is not kept */
	double settle_s;  /* quiet for this long: the state is repeated reliably; 0: never */

	bool goodbye_for_good; /* members hear at a stop that the relay will not be back */

	bool enet_throttle; /* leave ENet's packet throttle on, to show what it does */
	bool share_channel; /* take events on the state channel too, to show what that does */
	/* Packets that ENet is to count as sent already on each peer's state channel, to show what
	 * happens where its 16-bit number goes round; see server.c. */
	unsigned sequence_start;
	struct link_model_spec impair_in, impair_out; /* what happens to datagrams either way */
	uint64_t seed;                                /* of that */
	bool json;
	int verbose;      /* 0: info, 1: debug; -1: warnings only */
	const char *file; /* that --config named last, in argv; NULL: none */
};

enum config_outcome {
	CONFIG_RUN,   /* go on */
	CONFIG_CHECK, /* all is good, and with --check that is all */
	CONFIG_DONE,  /* --help or --version was answered on stdout: exit 0 */
	CONFIG_BAD,   /* misuse; `error` says what, exit 2 */
};

/* Every default stands in this one function. */
void config_default(struct config *config);

/*
 * Defaults, then the file named by --config (option_table.h), then the flags. On CONFIG_BAD `error`
 * holds one sentence that names the key or flag, the value and what is accepted; for an impairment,
 * three lines that show the place (link_model.h).
 */
enum config_outcome config_parse(struct config *config, int argc, char **argv,
				 char error[CONFIG_ERROR_BYTES]);

/*
 * As config_parse, of the same arguments, while the relay runs: the file must be a regular one, so
 * that no reading of it waits. False: see `error`.
 */
bool config_read_again(struct config *fresh, int argc, char **argv, char error[CONFIG_ERROR_BYTES]);

/* Writes all settings as one JSON object, by their keys. */
void config_print(const struct config *config, FILE *out);

/* `takes`: for whom the change holds, in words; "": for all; NULL: not before the next start. */
typedef void config_tell(const char *name, const char *before, const char *now, const char *takes);

/*
 * Takes over from `fresh` what may change while the relay runs, and tells of each setting that
 * differs, taken or not. Returns how many those are.
 */
size_t config_take(struct config *config, const struct config *fresh, config_tell *tell);

#endif
