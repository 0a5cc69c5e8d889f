#include "tests/handles_stage.h"

struct handles_address handles_stage_address(uint32_t number)
{
	struct handles_address address = { .bytes = { 0x20, 0x01, 0x0d, 0xb8 } };

	for (int i = 0; i < 4; i++)
		address.bytes[12 + i] = (uint8_t)(number >> (24 - 8 * i));
	return address;
}

uint32_t handles_stage_heard(struct handles *table, uint32_t number, int64_t now_ns)
{
	const struct handles_address address = handles_stage_address(number);

	return handles_heard(table, &address, now_ns);
}

uint32_t handles_stage_named(struct handles *table, uint32_t number, int64_t now_ns)
{
	const struct handles_address address = handles_stage_address(number);

	return handles_name(table, &address, now_ns);
}
