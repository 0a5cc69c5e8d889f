/*
 * generator_broker: whether the client libraries of the servers that `compare` can
 * drive are on this machine.
 */
#ifndef STARLING_BENCH_GENERATOR_BROKER_H
#define STARLING_BENCH_GENERATOR_BROKER_H

#include <stdbool.h>

#include "bench/borrowed.h"

/* Loads the library. False with a sentence in `why`. */
bool generator_mqtt_is_there(char why[static BORROWED_WHY_BYTES]);
bool generator_nats_is_there(char why[static BORROWED_WHY_BYTES]);

#endif
