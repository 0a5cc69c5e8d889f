/*
 * metrics: what a relay counts, as Prometheus reads it (its text format, version 0.0.4). No label
 * has a value that a client can choose.
 */
#ifndef STARLING_RELAY_STATUS_METRICS_H
#define STARLING_RELAY_STATUS_METRICS_H

#include <stdio.h>

#include "relay/status/snapshot.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

void metrics_write(FILE *out, const struct snapshot *snapshot);

#endif
