/*
 * answer: a relay's answer, for people.
 */
#ifndef STARLING_CLIENT_MODERATE_ANSWER_H
#define STARLING_CLIENT_MODERATE_ANSWER_H

#include <stdio.h>

#include <cjson/cJSON.h>

/* Prints what the relay answered to a command that it has done. */
void answer_print(FILE *out, const char *command, const cJSON *answer);

#endif
