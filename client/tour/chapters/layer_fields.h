/* layer_fields: the headers of the layers, and a message, split into fields (fields.h). */
#ifndef STARLING_CLIENT_TOUR_CHAPTERS_LAYER_FIELDS_H
#define STARLING_CLIENT_TOUR_CHAPTERS_LAYER_FIELDS_H

#include <stdbool.h>

#include "client/tour/fields.h"

enum {
	LAYER_FRAME_BYTES = 14,
	LAYER_IP_BYTES = 20, /* without options */
	LAYER_UDP_BYTES = 8,
	LAYER_ALL_BYTES = LAYER_FRAME_BYTES + LAYER_IP_BYTES + LAYER_UDP_BYTES,
	/* ENet's, of an unsequenced message that is alone in its datagram: head and command. */
	LAYER_ENET_BYTES = 2 + 8,

	LAYER_IP_PROTOCOL_AT = 9,
};

/* The state of the UDP header's checksum. */
enum layer_checksum {
	LAYER_CHECKSUM_WRONG = 0,
	LAYER_CHECKSUM_RIGHT,
	LAYER_CHECKSUM_BEGUN, /* over the addresses alone: the device is to finish it */
	LAYER_CHECKSUM_NONE,  /* 0 */
};

/* Whether the IP header's checksum is right. */
bool layer_ip_is_right(const uint8_t ip[static LAYER_IP_BYTES]);

/* The checksum of a datagram of `size` bytes from its IP header on. */
enum layer_checksum layer_udp_checksum(const uint8_t *ip, size_t size);

/* Each adds what it reads. The bytes that layer_fields_add_ip and _udp read are those of `ip`, of
 * `size` bytes from the IP header on. */
void layer_fields_add_frame(struct fields *fields);
void layer_fields_add_ip(struct fields *fields, const uint8_t *ip);
void layer_fields_add_udp(struct fields *fields, const uint8_t *ip, size_t size);
void layer_fields_add_enet(struct fields *fields);
void layer_fields_add_reliable(struct fields *fields); /* ENet's, and the message's text */
void layer_fields_add_state(struct fields *fields);

#endif
