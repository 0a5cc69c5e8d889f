/*
 * loopback: for tests of machines with several addresses, a loopback interface of the test's own,
 * in a network namespace that goes with the process.
 */
#ifndef STARLING_TESTS_LOOPBACK_H
#define STARLING_TESTS_LOOPBACK_H

/* Moves this process there. A group's set-up; where it is not permitted, each test has to skip. */
int loopback_set_up(void **state);

/* Skips the test, and says why, where the set-up could not. */
void loopback_need(void);

/* Gives the interface an IPv6 address, or one of IPv4 beside those in 127.0.0.0/8; takes it back.
 */
void loopback_add(const char *host);
void loopback_remove(const char *host);

#endif
