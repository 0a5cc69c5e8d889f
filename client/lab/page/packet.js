/* A packet, layer by layer: its bytes, and what each layer reads in them. */

const ENET = ["", "acknowledge", "connect", "verify connect", "disconnect", "ping", "send reliable", "send unreliable", "send fragment", "send unsequenced", "", "", "send unreliable fragment", ""];
const HEAD = { ip: 20, udp: 8, tcp: 20 };

function reader(bytes) {
	const u8 = (at) => bytes[at] ?? 0;
	const u16 = (at) => u8(at) * 256 + u8(at + 1);
	return { u8, u16, u32: (at) => u16(at) * 65536 + u16(at + 2), hex: (from, to) => bytes.slice(from, to).map((byte) => byte.toString(16).padStart(2, "0")).join(" ") };
}

function enetLayers({ u8, u16, hex }, at, length) {
	const hasTime = (u16(at) & 0x8000) !== 0;
	const command = at + (hasTime ? 4 : 2);
	const kind = u8(command) & 0x0f;
	const own = { 6: 2, 7: 4, 9: 4 }[kind] ?? 0; /* beside the four bytes that each has */
	const end = command + 4 + own;
	const time = hasTime ? `, sent at ${u16(at + 2)} ms of its clock` : "";
	return [
		{ name: "ENet: the head", bytes: hex(at, command), says: `for peer ${u16(at) & 0x0fff}${time}` },
		{
			name: "ENet: a command",
			bytes: hex(command, end),
			says: `${ENET[kind] || `command ${kind}`}, channel ${u8(command + 1)}, number ${u16(command + 2)}${u8(command) & 0x80 ? ", to be acknowledged" : ""}`,
		},
		{ name: "Starling", bytes: hex(end, length), says: kind >= 6 ? `message type ${u8(end)}, and what follows` : "what follows" },
	];
}

/* { name, bytes, says } of each layer, the lowest first. `hex`: its first bytes, `size`: of all of it. */
export function layersOf(hex, size) {
	const bytes = (hex.match(/../g) ?? []).map((two) => parseInt(two, 16));
	const read = reader(bytes);
	const address = (at) => [0, 1, 2, 3].map((i) => read.u8(at + i)).join(".");
	const isTcp = read.u8(9) === 6;
	const layers = [{ name: "IP", bytes: read.hex(0, HEAD.ip), says: `from ${address(12)} to ${address(16)}, ${size} bytes, with ${isTcp ? "TCP" : "UDP"} in it` }];
	const ports = `from port ${read.u16(HEAD.ip)} to port ${read.u16(HEAD.ip + 2)}`;
	if (isTcp) {
		const data = HEAD.ip + (read.u8(HEAD.ip + 12) >> 4) * 4;
		layers.push({ name: "TCP", bytes: read.hex(HEAD.ip, data), says: `${ports}, byte ${read.u32(HEAD.ip + 4)} of the stream on` });
		layers.push({ name: "The stream", bytes: read.hex(data, bytes.length), says: `${size - data} bytes: messages, each with its length before it` });
		return layers;
	}
	layers.push({ name: "UDP", bytes: read.hex(HEAD.ip, HEAD.ip + HEAD.udp), says: `${ports}, ${read.u16(HEAD.ip + 4)} bytes` });
	return [...layers, ...enetLayers(read, HEAD.ip + HEAD.udp, bytes.length)];
}
