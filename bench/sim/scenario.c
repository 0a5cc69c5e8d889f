#include "bench/sim/scenario.h"

#include <string.h>

static const struct scenario scenarios[SCENARIO_COUNT] = {
	{ "lan", "delay=200us,jitter=50us/exponential",
	  "one building, by wire: what is left when the network costs next to nothing" },
	{ "fibre", "delay=5ms,jitter=300us/exponential,loss=0.01%",
	  "a good home line to a relay in the same country: the usual case at its best" },
	{ "wifi", "delay=8ms,jitter=4ms/exponential,loss=1%,burst=0.4,reorder=0.5%/15ms",
	  "a shared radio: retries make jitter, and losses come in bursts" },
	{ "mobile", "delay=35ms,jitter=12ms/exponential,loss=1.5%,burst=0.5,rate=5mbit/200kB",
	  "a telephone on the move: long delay, much jitter, losses in bursts" },
	{ "lossy", "delay=40ms,jitter=5ms/normal,loss=10%",
	  "one datagram in ten is lost, each by itself: what waiting for repeats costs" },
	{ "delay-step", "delay=40ms,at=10s:delay=100ms",
	  "the path becomes longer and nothing is lost: ENet's throttle takes it for congestion" },
	{ "blackout", "delay=40ms,jitter=5ms/normal,at=10s:blackout=2s,at=30s:blackout=2s",
	  "a tunnel, twice: how soon everyone is up to date again behind it" },
	{ "bufferbloat",
	  "delay=20ms,jitter=2ms/normal,rate=2mbit/64kB,at=10s:rate=40kbit/6kB,at=20s:rate=2mbit/"
	  "64kB",
	  "for ten seconds a line slower than what is sent (of 8 members at 20 Hz): queues fill" },
};

const struct scenario *scenario_at(size_t index)
{
	return &scenarios[index];
}

void scenario_print(FILE *out)
{
	for (size_t i = 0; i < SCENARIO_COUNT; i++)
		fprintf(out, "%-12s %s\n%-12s %s\n", scenarios[i].name, scenarios[i].reason, "",
			scenarios[i].text);
}
