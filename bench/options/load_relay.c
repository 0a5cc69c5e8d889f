#include "bench/options/load_relay.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bench/search/load_search.h"
#include "bench/servers/udp_port.h"
#include "proto/net/resolve.h"
#include "proto/wire/text.h"

enum {
	TRY_JOIN_S = 2, /* for two members, at one address of several */
};

/* As little as shows that it is a relay of this kind. */
#define TRY_SECONDS 0.1
#define TRY_RATE_HZ 30

_Static_assert((int)GENERATOR_HOST_BYTES >= (int)NET_TEXT_BYTES, "each address fits");

static void aim(struct generator_config *base, const struct net_address *address)
{
	net_host_text(address, base->host);
	base->port = address->port;
}

static bool are_loopback(const struct load_relay *relay)
{
	for (size_t i = 0; i < relay->count; i++)
		if (!net_host_is_loopback(&relay->list[i]))
			return false;
	return true;
}

static int check_process(const struct load_relay *relay, const struct generator_config *base,
			 char error[static LOAD_RELAY_ERROR_BYTES])
{
	if (relay->pid == 0)
		return 0;
	if (kill(base->relay, 0) < 0) {
		snprintf(error, LOAD_RELAY_ERROR_BYTES,
			 "--pid %u: no such process, or not one of yours; give the relay's",
			 relay->pid);
		return 2;
	}
	if (base->kind <= GENERATOR_UDP &&
	    udp_port_owner(base->port, base->relay) == UDP_PORT_ANOTHERS) {
		snprintf(error, LOAD_RELAY_ERROR_BYTES,
			 "--pid %u: this process does not listen on UDP port %u, so its CPU time "
			 "is not the relay's; give the relay's (ss -ulnp shows it)",
			 relay->pid, base->port);
		return 2;
	}
	return 0;
}

int load_relay_read(struct load_relay *relay, struct generator_config *base,
		    char error[static LOAD_RELAY_ERROR_BYTES])
{
	char why[ENDPOINT_ERROR_BYTES];
	struct endpoint endpoint;

	if (!endpoint_parse(&endpoint, relay->text, 7777, why)) {
		snprintf(error, LOAD_RELAY_ERROR_BYTES, "--relay: %s", why);
		return 2;
	}
	if (endpoint.port == 0) {
		snprintf(error, LOAD_RELAY_ERROR_BYTES,
			 "--relay: port 0 is no port of a relay; give 1 to 65535");
		return 2;
	}
	relay->count = net_resolve(endpoint.host, endpoint.port, relay->list, LOOKUP_ADDRESSES_MAX);
	if (relay->count == 0) {
		snprintf(error, LOAD_RELAY_ERROR_BYTES,
			 "--relay %s: no such host is known; check the spelling, or give its "
			 "address",
			 text_shown(endpoint.host).text);
		return 1;
	}
	if (!relay->is_operator && !are_loopback(relay)) {
		snprintf(error, LOAD_RELAY_ERROR_BYTES,
			 "--relay %s is not on this machine; a load generator can put a relay "
			 "out of service, so say --i-operate-this-relay if it is yours",
			 text_shown(endpoint.host).text);
		return 2;
	}
	aim(base, &relay->list[0]);
	base->relay = (pid_t)relay->pid;
	return check_process(relay, base, error);
}

/* Whether the relay is where `base` points; one that has no room for two is, too. */
static bool is_there(const struct run_ground *ground, const struct generator_config *base,
		     char error[static TARGET_ERROR_BYTES])
{
	struct generator_config load = *base;
	struct run_result run;

	load.members = LOAD_PATH_MEMBERS;
	load.rooms = 1;
	load.rate_hz = TRY_RATE_HZ;
	load.seconds = TRY_SECONDS;
	load.join_s = TRY_JOIN_S;
	return run_against(ground, &load, &run, error) == 0 ||
	       run.load.refusal.kind != GENERATOR_NOT_REFUSED;
}

int load_relay_find(const struct load_relay *relay, const struct run_ground *ground,
		    struct generator_config *base, char error[static LOAD_RELAY_ERROR_BYTES])
{
	char last[TARGET_ERROR_BYTES];

	if (relay->count < 2)
		return 0;
	for (size_t i = 0; i < relay->count; i++) {
		aim(base, &relay->list[i]);
		if (is_there(ground, base, last) || *ground->is_over)
			return 0;
	}
	snprintf(error, LOAD_RELAY_ERROR_BYTES,
		 "--relay %s: none of its %zu addresses takes members; %s",
		 text_shown(relay->text).text, relay->count, last);
	return 1;
}
