/** `bind`: a datagram socket with a local address in one call. */
import { PikeError } from "@pike-io/notifier";
import { checkFlags } from "./check.js";
import { Socket } from "./socket.js";
import { checkTarget, resolveTarget, type SocketEnvironment, type Target } from "./target.js";

/** Where to bind, and how. */
export interface BindTarget extends Target, SocketEnvironment {
  readonly type: "udp";
  /** Several sockets may bind the address: SO_REUSEADDR. Default false. */
  readonly reuseAddress?: boolean;
  /** Several sockets share what arrives: SO_REUSEPORT. Default false. */
  readonly reusePort?: boolean;
  /** IPv6 only, no IPv4-mapped addresses. Default: the system's. */
  readonly ipv6Only?: boolean;
}

/** Opens a datagram socket bound to an address. EADDRINUSE, EADDRNOTAVAIL, EACCES. */
export async function bind(target: BindTarget): Promise<Socket> {
  checkTarget(target, "bind");
  if (target.type !== "udp") throw PikeError.type('bind takes { type: "udp", address, port }');
  checkFlags(target, "reuseAddress", "reusePort", "ipv6Only");
  const [address] = await resolveTarget(target, target.lookup);
  if (address === undefined) throw PikeError.range("the target has no address");
  const socket = Socket.open(address.family, "datagram").registerTo(target.notifier);
  try {
    if (target.reuseAddress === true) socket.set("reuseAddress", true);
    if (target.reusePort === true) socket.set("reusePort", true);
    if (target.ipv6Only !== undefined) socket.set("ipv6Only", target.ipv6Only);
    return socket.bind(address);
  } catch (error) {
    await socket.close();
    throw error;
  }
}
