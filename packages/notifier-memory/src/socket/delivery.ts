/** How a datagram gets from its socket to those it is meant for: one, a group, or everybody. */
import { Code } from "@pike-io/notifier";
import type { Host } from "../host/host.js";
import type { DatagramSocket } from "./datagram.js";
import { type Endpoint, isBroadcast, isMulticast } from "./endpoint.js";

/** One datagram on its way. Its bytes are its own; those who get it only read them. */
export interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
  readonly to: Endpoint;
}

/**
 * Sends a datagram. What becomes of it the sender learns only if it is connected, and not always.
 */
export function sendDatagram(sender: DatagramSocket, datagram: Datagram): void {
  const { to } = datagram;
  if (isMulticast(to.text) || isBroadcast(to.text)) sendToAll(sender, datagram);
  else sendToOne(sender, datagram);
}

function sendToOne(sender: DatagramSocket, datagram: Datagram): void {
  const { host } = sender;
  const { to, from } = datagram;
  const target = host.locate(to.text);
  const cut = target === undefined ? host.medium.settings.unreachable : host.pathTo(target).cut;
  if (target === undefined || cut !== null) {
    if (cut === "EHOSTUNREACH") {
      // As if a router on the way had answered.
      const latency = host.medium.settings.latencyMs[0];
      host.medium.timeline.schedule(latency, () => sender.refused(to, Code.EHOSTUNREACH));
    }
    return;
  }
  host.pathTo(target).send(() => {
    const receiver = target.udp.find(to, from, (socket) => socket.rank(from));
    if (receiver !== undefined) receiver.deliver(datagram);
    else target.pathTo(host).send(() => sender.refused(to, Code.ECONNREFUSED));
  });
}

function sendToAll(sender: DatagramSocket, datagram: Datagram): void {
  const { host, options } = sender;
  const multicast = isMulticast(datagram.to.text);
  for (const target of host.directory.hosts) {
    const isSelf = target === host;
    if (multicast && isSelf && !options.get("multicastLoop")) continue;
    if (multicast && !isSelf && options.get("multicastTtl") === 0) continue;
    host.pathTo(target).send(() => deliverToAll(target, datagram));
  }
}

function deliverToAll(target: Host, datagram: Datagram): void {
  const { to, from } = datagram;
  for (const { owner } of target.udp.matching(to)) {
    if (owner.rank(from) === 0) continue;
    if (isMulticast(to.text) && !owner.hears(to.text, from.text)) continue;
    owner.deliver(datagram);
  }
}
