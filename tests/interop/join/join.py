#!/usr/bin/env python3
"""Joins a relay by python3-enet, and leaves: join.py PORT. Prints "member N" and "left"."""

import sys

import enet

host = enet.Host(None, 1, 4, 0, 0)
relay = host.connect(enet.Address(b"127.0.0.1", int(sys.argv[1])), 4, 0x53544C01)


def send(message):
    relay.send(0, enet.Packet(message, enet.PACKET_FLAG_RELIABLE))


while (event := host.service(1000)).type != enet.EVENT_TYPE_DISCONNECT:
    if event.type == enet.EVENT_TYPE_CONNECT:
        send(b"\x01\x05lobby\x06python" + bytes(6))
    elif event.type == enet.EVENT_TYPE_RECEIVE and event.packet.data[0] == 2:
        print("member", event.packet.data[1])
        send(b"\x0d")
print("left")
