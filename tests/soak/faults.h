/*
 * faults: what befalls a relay that runs for long, one after another: it is stopped, told to read
 * its configuration again, asked, commanded; its clients are killed, or stopped; strangers come.
 * For cmocka tests, on the relay of moderated_relay.h; one at a time.
 */
#ifndef STARLING_TESTS_SOAK_FAULTS_H
#define STARLING_TESTS_SOAK_FAULTS_H

/* Writes the relay's configuration. Returns its path, for --config. */
const char *faults_write_config(void);

/* Starts the bots that they befall. */
void faults_start(void);

/* The n-th fault befalls them; ends what the one before has left. Returns its name. */
const char *faults_next(unsigned n);

/* Ends what the last one has left, and the bots. The relay is as it was. */
void faults_end(void);

/* Kills what is left, and removes the configuration; whatever the state. */
void faults_clean_up(void);

#endif
