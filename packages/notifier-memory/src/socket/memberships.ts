/** The multicast groups that a socket has joined, each for every sender or for one. */
import { Code, type GroupMembership, PikeError, parseIpv4, parseIpv6 } from "@pike-io/notifier";
import { type IpFamily, isMulticast } from "./endpoint.js";
import type { GroupOption } from "./options.js";
import { fail } from "./socket.js";

/** The memberships of one socket. */
export class Memberships {
  readonly #joined = new Set<string>();

  /** Joins or leaves. EINVAL, EADDRINUSE, EADDRNOTAVAIL. */
  change(name: GroupOption, membership: GroupMembership, family: IpFamily): void {
    const { group, source } = membership;
    const parse = family === "ipv4" ? parseIpv4 : parseIpv6;
    if (typeof group !== "string") throw PikeError.type(`${name}: group must be a string`);
    if (parse(group) === null || !isMulticast(group)) fail(Code.EINVAL, `setsockopt ${name}`);
    const key = keyOf(group, source ?? null);
    const joined = this.#joined.has(key);
    if (name === "joinGroup") {
      if (joined) fail(Code.EADDRINUSE, "setsockopt joinGroup");
      this.#joined.add(key);
    } else if (!this.#joined.delete(key)) {
      fail(Code.EADDRNOTAVAIL, "setsockopt leaveGroup");
    }
  }

  /** Whether what this sender sends to a group is heard. */
  hear(group: string, sender: string): boolean {
    return this.#joined.has(keyOf(group, null)) || this.#joined.has(keyOf(group, sender));
  }
}

function keyOf(group: string, source: string | null): string {
  return source === null ? group : `${group} ${source}`;
}
