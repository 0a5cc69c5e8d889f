/*
 * update: the bytes that the lab sends for a state of a bird: as the payload of an entity (number
 * and origin), and as a message of a stream (bird, position and the same), with its length before
 * it.
 */
#ifndef STARLING_CLIENT_LAB_UPDATE_H
#define STARLING_CLIENT_LAB_UPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/lab/record.h"

enum {
	LAB_PAYLOAD_MAX_BYTES = 13,
	LAB_MESSAGE_MAX_BYTES = 40,
};

/* Writes the record's number and origin. Returns how many bytes. */
size_t lab_update_write_payload(const struct lab_record *record,
				uint8_t data[static LAB_PAYLOAD_MAX_BYTES]);

/* Reads them into the record. False: these bytes are something else. */
bool lab_update_read_payload(struct lab_record *record, const uint8_t *data, size_t size);

/* Writes bird, position, number and origin, with the length before them. Returns how many bytes. */
size_t lab_update_write_message(const struct lab_record *record,
				uint8_t data[static LAB_MESSAGE_MAX_BYTES]);

/*
 * Reads the first message of `size` bytes of a stream. Returns how many bytes it took; 0: not all
 * of it is there yet; negative: this is no message.
 */
int lab_update_read_message(struct lab_record *record, const uint8_t *data, size_t size);

#endif
