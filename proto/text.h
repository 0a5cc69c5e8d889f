/*
 * text: names and messages that people will read, and so must be safe to print on a terminal.
 */
#ifndef STARLING_PROTO_TEXT_H
#define STARLING_PROTO_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether `size` bytes are well-formed UTF-8 (RFC 3629: shortest form, no surrogates, nothing above
 * U+10FFFF) without control characters (Unicode's Cc: U+0000-001F, U+007F-009F) and without the
 * line and direction controls that can disguise text (U+2028-202E, U+2066-2069).
 */
bool text_is_printable(const void *data, size_t size);

/* The word that goes with a count: `one` for 1, else `many`. printf("%u %s", n, text_plural(n,
 * "member", "members")) */
const char *text_plural(uint64_t count, const char *one, const char *many);

#endif
