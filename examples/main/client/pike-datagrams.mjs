/** A UDP port on pike, as the datagram leg wants one. Its owner closes it. */
import { connect } from "pike-io";

export const name = "pike";

/** A port whose peer is `address`. `receive` gives null when nothing came within `timeoutMs`. */
export async function openPort(address) {
  const socket = await connect({ type: "udp", ...address });
  socket.set("receiveBuffer", 4 << 20);
  const buffer = new Uint8Array(65_536);
  return {
    send: (bytes) => socket.send(bytes),
    receive: async (timeoutMs) => {
      try {
        return buffer.subarray(0, await socket.recv(buffer, { timeoutMs }));
      } catch (error) {
        if (error.code === "PIKE_TIMEOUT") return null;
        throw error;
      }
    },
    close: () => socket.close(),
  };
}
