/*
 * generator_broker: the servers of other people that `compare` can drive, through their own client
 * libraries, which are there on some machines: what their lines have in common.
 */
#ifndef STARLING_BENCH_GENERATOR_BROKER_H
#define STARLING_BENCH_GENERATOR_BROKER_H

#include <stdbool.h>

#include "bench/load/drivers/dynamic_library.h"

struct generator;
struct generator_traffic;

/* Loads the library. False with a sentence in `why`. */
bool generator_mqtt_is_there(char why[static DYNAMIC_LIBRARY_WHY_BYTES]);
bool generator_nats_is_there(char why[static DYNAMIC_LIBRARY_WHY_BYTES]);

/* Where the server is, as its library takes it. */
const char *generator_broker_host(const struct generator *g);

/*
 * Of a line, as the kernel knows it (TCP_INFO, tcp(7)), as the library owns the connection. The
 * bytes of the stream alone; datagrams, a stream has none.
 */
void generator_broker_traffic(struct generator *g, unsigned member,
			      struct generator_traffic *traffic);

#endif
