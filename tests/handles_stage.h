/*
 * handles_stage: IPv6 addresses by number, and a table of handles (proto/net/handles.h) told of
 * them, for tests.
 */
#ifndef STARLING_TESTS_HANDLES_STAGE_H
#define STARLING_TESTS_HANDLES_STAGE_H

#include <stdint.h>

#include "proto/net/handles.h"

/* Addresses of one network, so that only the last bytes differ. */
struct handles_address handles_stage_address(uint32_t number);

/* handles_heard and handles_name of these. */
uint32_t handles_stage_heard(struct handles *table, uint32_t number, int64_t now_ns);
uint32_t handles_stage_named(struct handles *table, uint32_t number, int64_t now_ns);

#endif
