#include "proto/enet/guard/cookie.h"

#include <string.h>

#include <sodium/crypto_shorthash.h>

#include "proto/enet/guard/datagram.h"

#define PERIOD_NS (INT64_C(1000000000) * COOKIE_PERIOD_S)

_Static_assert((int)COOKIE_SECRET_BYTES == (int)crypto_shorthash_KEYBYTES, "SipHash's key");
_Static_assert(crypto_shorthash_BYTES == 2 * COOKIE_NUMBERS + 2, "the cookie is the whole hash");

static uint8_t *put_u16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

static uint16_t u16_of(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* The key of a period: two hashes of its number (8 bytes, big-endian), a 0 or 1 behind it. */
static void key_of(uint8_t key[static COOKIE_SECRET_BYTES], const uint8_t *secret, int64_t period)
{
	uint8_t number[9];

	for (int i = 0; i < 8; i++)
		number[i] = (uint8_t)((uint64_t)period >> (56 - 8 * i));
	for (uint8_t half = 0; half < 2; half++) {
		number[8] = half;
		crypto_shorthash(key + half * crypto_shorthash_BYTES, number, sizeof(number),
				 secret);
	}
}

static struct cookie cookie_in(const uint8_t *secret, const struct net_address *address,
			       int64_t period)
{
	uint8_t key[COOKIE_SECRET_BYTES], hash[crypto_shorthash_BYTES];
	uint8_t text[sizeof(address->host) + sizeof(address->port)];

	key_of(key, secret, period);
	memcpy(text, &address->host, sizeof(address->host));
	put_u16(text + sizeof(address->host), address->port);
	crypto_shorthash(hash, text, sizeof(text), key);
	return (struct cookie){
		.numbers = { u16_of(hash), u16_of(hash + 2), u16_of(hash + 4) },
		.sent_time = u16_of(hash + 6),
	};
}

struct cookie cookie_of(const uint8_t secret[static COOKIE_SECRET_BYTES],
			const struct net_address *address, int64_t now_ns)
{
	return cookie_in(secret, address, now_ns / PERIOD_NS);
}

/* Takes the same time wherever they differ. */
static bool is_same(const struct cookie *one, const struct cookie *other)
{
	unsigned difference = (unsigned)(one->sent_time ^ other->sent_time);

	for (int i = 0; i < COOKIE_NUMBERS; i++)
		difference |= (unsigned)(one->numbers[i] ^ other->numbers[i]);
	return difference == 0;
}

bool cookie_is_good(const struct cookie *cookie, const uint8_t secret[static COOKIE_SECRET_BYTES],
		    const struct net_address *address, int64_t now_ns)
{
	const int64_t period = now_ns / PERIOD_NS;
	const struct cookie present = cookie_in(secret, address, period);
	const struct cookie former = cookie_in(secret, address, period - 1);

	return is_same(cookie, &present) || is_same(cookie, &former);
}

static bool has_part(const struct cookie *cookie, uint16_t number, uint16_t sent_time)
{
	bool has_number = false;

	for (int i = 0; i < COOKIE_NUMBERS; i++)
		has_number |= cookie->numbers[i] == number;
	return has_number && cookie->sent_time == sent_time;
}

bool cookie_is_part(uint16_t number, uint16_t sent_time,
		    const uint8_t secret[static COOKIE_SECRET_BYTES],
		    const struct net_address *address, int64_t now_ns)
{
	const int64_t period = now_ns / PERIOD_NS;
	const struct cookie present = cookie_in(secret, address, period);
	const struct cookie former = cookie_in(secret, address, period - 1);

	return has_part(&present, number, sent_time) || has_part(&former, number, sent_time);
}

void cookie_write_challenge(uint8_t datagram[static COOKIE_CHALLENGE_BYTES],
			    const struct cookie *cookie, uint16_t peer, uint16_t sent_time)
{
	uint8_t *at = put_u16(datagram, (uint16_t)(DATAGRAM_HEAD_SENT_TIME | peer));

	at = put_u16(at, cookie->sent_time);
	for (int i = 0; i < COOKIE_NUMBERS; i++) {
		*at++ = DATAGRAM_ACKNOWLEDGE | DATAGRAM_FLAG_ACKNOWLEDGE;
		*at++ = DATAGRAM_CHANNEL_NONE;
		at = put_u16(at, cookie->numbers[i]);
		at = put_u16(at, 0); /* ENet's numbers begin with 1 */
		at = put_u16(at, sent_time);
	}
}
