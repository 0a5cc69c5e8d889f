#include "proto/net/token_bucket.h"

static const int64_t second_ns = 1000000000;

static int64_t due_ns(const struct token_bucket *bucket, int64_t now_ns)
{
	return bucket->due_ns > now_ns ? bucket->due_ns : now_ns;
}

bool token_bucket_take(struct token_bucket *bucket, unsigned rate, int64_t now_ns)
{
	const int64_t step_ns = second_ns / rate, from_ns = due_ns(bucket, now_ns);

	if (from_ns - now_ns > second_ns - step_ns)
		return false;
	bucket->due_ns = from_ns + step_ns;
	return true;
}

bool token_bucket_has_any(const struct token_bucket *bucket, int64_t now_ns)
{
	return bucket->due_ns - now_ns < second_ns;
}

void token_bucket_charge(struct token_bucket *bucket, unsigned rate, uint64_t tokens,
			 int64_t now_ns)
{
	const uint64_t span_ns = (tokens * (uint64_t)second_ns + rate - 1) / rate;

	bucket->due_ns = due_ns(bucket, now_ns) + (int64_t)span_ns;
}
