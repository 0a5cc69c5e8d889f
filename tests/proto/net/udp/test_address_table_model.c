/*
 * Handles of IPv6 addresses, against a model that remembers everything.
 *
 *	SEEDS=n   how many stories the property tells (200)
 *	SEED=n    tells the story of this seed only
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/net/random.h"
#include "tests/fixtures/net/address_table_fixture.h"

#define S INT64_C(1000000000)

static struct address_table table;

enum {
	ADDRESSES = 1 << 16,
	KNOWN = 64, /* of these: peers that live, which nothing may disturb */
	LOOKED_UP = 8,
	STEPS = 24,
};

enum rank {
	SENDER,
	PEER,
	NAMED
};

/* The model's memory of an address, and of a handle's last owner. */
static struct known {
	uint32_t handle; /* 0: it has none */
	enum rank rank;
	int64_t used_ns;
} model[ADDRESSES];

static struct owner {
	uint32_t handle, number;
} owners[ADDRESS_TABLE_MAX];

/* A handle that the address had at some time. */
static uint32_t remembered[ADDRESSES];

static uint32_t live_count;
static int64_t refused_ns; /* when a refusal was last found right */

static int64_t patience_ns(const struct known *known)
{
	return (known->rank == PEER ? ADDRESS_TABLE_PEER_IDLE_S : ADDRESS_TABLE_SENDER_IDLE_S) * S;
}

static bool may_go(const struct known *known, int64_t now_ns)
{
	return known->handle != 0 && known->rank != NAMED &&
	       now_ns - known->used_ns >= patience_ns(known);
}

/* Checks that a new handle was nobody's, and forgets the address that it replaced. */
static const char *take_place(uint32_t handle, uint32_t number, int64_t now_ns)
{
	struct owner *owner = &owners[handle % ADDRESS_TABLE_MAX];
	struct known *before = &model[owner->number];

	if (!address_table_is_handle(handle))
		return "a handle is outside its range";
	if (owner->handle == 0) {
		live_count++;
	} else {
		if (owner->handle == handle)
			return "a handle was given to another address at once";
		if (!may_go(before, now_ns))
			return "an address in use lost its handle";
		before->handle = 0;
	}
	*owner = (struct owner){ .handle = handle, .number = number };
	return NULL;
}

static const char *check_refusal(int64_t now_ns)
{
	if (live_count < ADDRESS_TABLE_MAX)
		return "a table with room left refused an address";
	if (now_ns == refused_ns) /* nobody has become idle since */
		return NULL;
	refused_ns = now_ns;
	for (uint32_t i = 0; i < ADDRESSES; i++)
		if (may_go(&model[i], now_ns))
			return "a table refused an address while one was idle";
	return NULL;
}

static const char *take_handle(uint32_t handle, uint32_t number, enum rank rank, int64_t now_ns)
{
	struct known *known = &model[number];
	const char *wrong = NULL;

	if (handle == 0)
		return known->handle ? "a known address was refused" : check_refusal(now_ns);
	if (known->handle && known->handle != handle)
		return "an address changed its handle";
	if (!known->handle) {
		wrong = take_place(handle, number, now_ns);
		known->rank = SENDER;
	}
	known->handle = handle;
	known->used_ns = now_ns;
	if (rank > known->rank)
		known->rank = rank;
	return wrong;
}

/* `handle` was the address's once; it may be stale. */
static const char *model_send(uint32_t handle, uint32_t number, int64_t now_ns)
{
	const struct address_table_ipv6 expected = address_table_fixture_address(number);
	struct known *known = &model[number];
	struct address_table_ipv6 to;
	const bool is_taken = address_table_sent(&table, handle, now_ns, &to);

	if (is_taken != (known->handle == handle))
		return is_taken ? "a stale handle was taken" : "a live handle was refused";
	if (!is_taken)
		return NULL;
	if (memcmp(&to, &expected, sizeof(to)) != 0)
		return "a datagram went to another address";
	known->used_ns = now_ns;
	if (known->rank == SENDER)
		known->rank = PEER;
	return NULL;
}

static const char *keep_known_alive(const uint32_t *handles, int64_t now_ns)
{
	const char *wrong = NULL;

	for (uint32_t i = 0; i < KNOWN && !wrong; i++) {
		if (model[i].handle != handles[i])
			return "a peer that lives lost its handle";
		wrong = i % 2 ? model_send(handles[i], i, now_ns)
			      : take_handle(address_table_fixture_received(&table, i, now_ns), i,
					    SENDER, now_ns);
	}
	return wrong;
}

/* Anybody, mostly senders; some are answered, and some answers come too late. */
static const char *anything(struct random *random, int64_t now_ns)
{
	const uint32_t number = KNOWN + (uint32_t)random_below(random, ADDRESSES - KNOWN);
	const uint64_t what = random_below(random, 10);

	if (what == 0 && remembered[number])
		return model_send(remembered[number], number, now_ns);
	if (model[number].handle)
		remembered[number] = model[number].handle;
	if (what <= 2 && model[number].handle)
		return model_send(model[number].handle, number, now_ns);
	if (what == 3 && number < KNOWN + LOOKED_UP)
		return take_handle(address_table_fixture_named(&table, number, now_ns), number,
				   NAMED, now_ns);
	return take_handle(address_table_fixture_received(&table, number, now_ns), number, SENDER,
			   now_ns);
}

static const char *tell(uint64_t seed)
{
	struct random random = random_init(seed);
	const uint64_t drawn[2] = { random_u64(&random), random_u64(&random) };
	uint32_t handles[KNOWN];
	int64_t now_ns = S;
	const char *wrong = NULL;

	memset(model, 0, sizeof(model));
	memset(owners, 0, sizeof(owners));
	memset(remembered, 0, sizeof(remembered));
	live_count = 0;
	refused_ns = 0;
	address_table_init(&table, drawn);
	for (uint32_t i = 0; i < KNOWN; i++) {
		handles[i] = address_table_fixture_received(&table, i, now_ns);
		wrong = take_handle(handles[i], i, SENDER, now_ns);
		if (!wrong)
			wrong = model_send(handles[i], i, now_ns);
		if (wrong)
			return wrong;
	}
	for (int step = 0; step < STEPS; step++) {
		const uint64_t count =
			step == STEPS / 2 ? 2 * ADDRESS_TABLE_MAX : random_below(&random, 1200);

		/* From a burst within a moment to quiet minutes. */
		now_ns += (int64_t)random_below(&random, (uint64_t)(step % 8 ? S / 2 : 59 * S));
		for (uint64_t i = 0; i < count; i++)
			if ((wrong = anything(&random, now_ns)) != NULL)
				return wrong;
		if ((wrong = keep_known_alive(handles, now_ns)) != NULL)
			return wrong;
	}
	return NULL;
}

static unsigned long number_from(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoul(text, NULL, 10) : otherwise;
}

static void no_two_live_addresses_share_a_handle_and_peers_survive_floods(void **state)
{
	const unsigned long only = number_from("SEED", 0);
	const unsigned long count = only ? 1 : number_from("SEEDS", 200);
	unsigned long full = 0;

	(void)state;
	for (unsigned long i = 0; i < count; i++) {
		const unsigned long seed = only ? only : i + 1;
		const char *wrong = tell(seed);

		if (wrong)
			fail_msg(
				"%s\nrepeat it with: SEED=%lu %s/tests/proto/net/test_handles_model",
				wrong, seed, getenv("BUILD") ? getenv("BUILD") : "build");
		full += live_count == ADDRESS_TABLE_MAX;
	}
	assert_true(full > count / 2 || only); /* else the stories are too tame */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_two_live_addresses_share_a_handle_and_peers_survive_floods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
