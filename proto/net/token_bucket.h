/*
 * token_bucket: so many tokens a second, and a second's worth at once, by the generic cell rate
 * algorithm (GCRA, ITU-T I.371). A token is a message, a line or a byte. The caller tells the time.
 */
#ifndef STARLING_PROTO_NET_TOKEN_BUCKET_H
#define STARLING_PROTO_NET_TOKEN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/* {0} is a full one. */
struct token_bucket {
	int64_t due_ns; /* when the last token would have been due at the steady rate */
};

/* Takes one of `rate` tokens a second (1 or more). False: none is left. */
bool token_bucket_take(struct token_bucket *bucket, unsigned rate, int64_t now_ns);

/*
 * Whether anything is left. Who asks this first, and then charges, may take more than is left: the
 * bucket is in debt then, and has nothing until the debt is paid.
 */
bool token_bucket_has_any(const struct token_bucket *bucket, int64_t now_ns);

/* Takes `tokens`, 2^32 at most, of `rate` tokens a second, whether they are left or not. */
void token_bucket_charge(struct token_bucket *bucket, unsigned rate, uint64_t tokens,
			 int64_t now_ns);

#endif
