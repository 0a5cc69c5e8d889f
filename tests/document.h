/*
 * document: what stands in a result document of the bench (bench/result.h), read from its JSON. For
 * cmocka tests: what is asked for and is not there fails the test. What is returned is part of the
 * document and lives as long as it.
 */
#ifndef STARLING_TESTS_DOCUMENT_H
#define STARLING_TESTS_DOCUMENT_H

#include <cjson/cJSON.h>

/* The item of an object. */
const cJSON *document_part(const cJSON *object, const char *name);

/* A parameter that is a text. */
const char *document_parameter(const cJSON *document, const char *name);

/* The first row whose label is this text. */
const cJSON *document_row(const cJSON *document, const char *label, const char *text);

/* A label that is a text. */
const char *document_label(const cJSON *row, const char *name);

/* Of a figure: all values as an array; the n-th, from 0, which must be a number; NAN for null. */
const cJSON *document_values(const cJSON *row, const char *figure);
double document_value(const cJSON *row, const char *figure, int n);
double document_median(const cJSON *row, const char *figure);

#endif
