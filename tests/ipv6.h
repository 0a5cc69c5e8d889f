/*
 * ipv6: for cmocka tests of what a machine without IPv6's loopback address cannot show.
 */
#ifndef STARLING_TESTS_IPV6_H
#define STARLING_TESTS_IPV6_H

#include <stdbool.h>

/* Whether this machine has ::1. */
bool ipv6_is_there(void);

/* Skips the test, and says so, where it has not. */
void ipv6_need(void);

#endif
