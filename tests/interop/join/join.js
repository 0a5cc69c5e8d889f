// Joins a relay by npm's enet, ENet compiled to JavaScript, and leaves: join.js PACKAGE PORT. Prints "member N" and "left".
"use strict";

const [folder, port] = process.argv.slice(2);
const enet = require(require("path").resolve(folder));

enet.createClient({ peers: 1, channels: 4 }, (error, host) => {
    if (error) throw error;
    const relay = host.connect({ address: "127.0.0.1", port }, 4, 0x53544c01);
    const send = (message) => relay.send(0, new enet.Packet(Buffer.from(message, "latin1"), enet.PACKET_FLAG.RELIABLE));

    relay.on("connect", () => send("\x01\x05lobby\x03npm" + "\0".repeat(6)));
    relay.on("message", (packet) => {
        const data = packet.data();
        if (data[0] !== 2) return;
        console.log("member " + data[1]);
        send("\x0d");
    });
    relay.on("disconnect", () => {
        console.log("left");
        process.exit();
    });
});
