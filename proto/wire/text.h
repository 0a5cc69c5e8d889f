/*
 * text: names and messages that people will read, and so must be safe to print on a terminal, and
 * how to show whatever else came from outside.
 */
#ifndef STARLING_PROTO_WIRE_TEXT_H
#define STARLING_PROTO_WIRE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether `size` bytes are well-formed UTF-8 (RFC 3629: shortest form, no surrogates, nothing above
 * U+10FFFF) without control characters (Unicode's Cc: U+0000-001F, U+007F-009F), without line
 * separators (U+2028, U+2029) and without what turns the direction of text (Bidi_Control).
 */
bool text_is_printable(const void *data, size_t size);

/*
 * What keeps bytes from being a name (PROTOCOL.md, section 3.1, "Name"), as the half-sentence that
 * follows "the name"; NULL when nothing does. The size is looked at only for being 0.
 */
const char *text_name_fault(const void *data, size_t size);

/*
 * Writes `size` bytes of anything so that a person sees what they are, on one line, and a terminal
 * does nothing but print: what is visible stays, the rest is \n, \t, \r, \x1b (a byte), \u200b or
 * \U000e0001 (a code point), and a backslash is \\. What has no room in `capacity` (of at least 4)
 * is left out, and "..." stands for it; no character is split. Ends in NUL. Returns `out`.
 */
const char *text_visible(char *out, size_t capacity, const void *data, size_t size);

enum {
	TEXT_SHOWN_BYTES = 200,
};

struct text_shown {
	char text[TEXT_SHOWN_BYTES];
};

/*
 * The same of a string, for use right in the call that prints it, where it lives until the call is
 * over: printf("cannot open %s", text_shown(path).text). NULL is shown as nothing.
 */
struct text_shown text_shown(const char *string);

/* How long the byte order mark is with which a file's text begins: 3, or 0 without one. */
size_t text_mark_bytes(const void *data, size_t size);

/* The word that goes with a count: `one` for 1, else `many`. printf("%u %s", n, text_plural(n,
 * "member", "members")) */
const char *text_plural(uint64_t count, const char *one, const char *many);

#endif
