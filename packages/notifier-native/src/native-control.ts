/** A notifier's handles: opening, binding, addresses, options, events. What answers at once. */
import {
  type Address,
  type BindOptions,
  Code,
  type Direction,
  type EventMode,
  type HandleCounters,
  type HandleId,
  type ListenOptions,
  type OptionName,
  PikeError,
  type Poster,
  type SocketKind,
  type SocketOptions,
  systemError,
} from "@pike-io/notifier";
import { watchListeners } from "./console.js";
import { SLAB_ADDRESS_IN, SLAB_ADDRESS_OUT, SLAB_IMMEDIATE } from "./layout.js";
import { allocate } from "./lent.js";
import { NativeRequests } from "./native-requests.js";
import { readOption, writeOption } from "./options.js";
import { watchOtherHandlers } from "./other-handlers.js";
import { lacking, lackingOption } from "./unsupported.js";

/** In the order of native/src/descriptors.h. */
const FAMILIES: readonly string[] = ["ipv4", "ipv6", "unix"];
const TYPES: readonly string[] = ["stream", "datagram"];
const MODE_DEFAULT = 0o600;
const RAW_OPTION_BYTES_MAX = 4_096;
/** In place of a user's id. */
const EVERYONE = -1;
const BIND = { syscall: "bind" } as const;
const LISTEN = { syscall: "listen" } as const;

/** A notifier's control plane. */
export class NativeControl extends NativeRequests {
  openSocket(kind: SocketKind): HandleId {
    const native = this.open("socket");
    const family = FAMILIES.indexOf(kind.family);
    const type = TYPES.indexOf(kind.type);
    if (family < 0 || type < 0) {
      throw PikeError.type(
        'a socket is of family "ipv4", "ipv6" or "unix", "stream" or "datagram"',
      );
    }
    if (kind.family === "unix" && kind.type === "datagram") {
      throw new PikeError("PIKE_UNSUPPORTED", "Unix datagram sockets (S5) are not there yet");
    }
    const id = native.openSocket(family, type);
    if (id === -Code.PIKE_UNSUPPORTED) {
      throw lacking("socket", `the family ${kind.family} (S3)`, "this system has no such sockets");
    }
    return this.checked(id, "socket");
  }

  adopt(fd: number): HandleId {
    const id = this.open("adopt").adopt(fd);
    if (id === -Code.PIKE_UNSUPPORTED) {
      throw new PikeError(
        "PIKE_UNSUPPORTED",
        `adopt: descriptor ${fd} cannot be waited for: regular files, directories and notifiers are refused`,
        { syscall: "adopt" },
      );
    }
    return this.checked(id, "adopt");
  }

  openSignal(names: readonly string[]): HandleId {
    const native = this.open("signal");
    watchOtherHandlers(this.binary);
    watchListeners(this.binary);
    const id = native.openSignal(...names);
    if (id === -Code.EINVAL) {
      const name = names[this.detail[0] as number];
      throw new PikeError("EINVAL", `signal: ${name} is unknown or cannot be waited for`, {
        syscall: "signal",
      });
    }
    if (id === -Code.PIKE_UNSUPPORTED) {
      const name = names[this.detail[0] as number];
      throw lacking("signal", `${name} (G5)`, `${this.native.backend} has no real-time signals`);
    }
    return this.checked(id, "signal");
  }

  openEvent(mode: EventMode): HandleId {
    const number = mode === "coalescing" ? 0 : mode === "counting" ? 1 : 2;
    return this.checked(this.open("event").openEvent(number), "event");
  }

  bind(handle: HandleId, address: Address, options: BindOptions = {}): void {
    const native = this.open("bind");
    const { mode = MODE_DEFAULT, replace = true } = options;
    if (!this.wire.write(address, SLAB_ADDRESS_IN)) throw systemError(Code.EINVAL, BIND);
    this.checked(native.bind(handle, mode, replace ? 1 : 0), "bind", address);
  }

  listen(handle: HandleId, backlog: number, options: ListenOptions = {}): void {
    const native = this.open("listen");
    // The one that a peer's kernel tells: the effective one, which may have changed meanwhile.
    const { allowUid = process.geteuid?.() ?? null } = options;
    // Nothing but null opens an abstract name to everyone.
    if (allowUid !== null && allowUid >>> 0 !== allowUid) throw systemError(Code.EINVAL, LISTEN);
    this.checked(native.listen(handle, backlog, allowUid ?? EVERYONE), "listen");
  }

  shutdown(handle: HandleId, direction: Direction): void {
    const how = ["read", "write", "both"].indexOf(direction);
    this.checked(this.open("shutdown").shutdown(handle, how), "shutdown");
  }

  localAddress(handle: HandleId): Address {
    this.checked(this.open("getsockname").localAddress(handle), "getsockname");
    return this.wire.read(SLAB_ADDRESS_OUT);
  }

  peerAddress(handle: HandleId): Address {
    this.checked(this.open("getpeername").peerAddress(handle), "getpeername");
    return this.wire.read(SLAB_ADDRESS_OUT);
  }

  getOption<Name extends OptionName>(handle: HandleId, name: Name): SocketOptions[Name] {
    const native = this.open("getsockopt");
    const [index, read] = readOption(name);
    this.#option(native.getOption(handle, index), name, "getsockopt");
    return read(this.detail[0] as number) as SocketOptions[Name];
  }

  setOption<Name extends OptionName>(
    handle: HandleId,
    name: Name,
    value: SocketOptions[Name],
  ): void {
    const native = this.open("setsockopt");
    const setting = writeOption(name, value);
    if (setting.membership === null) {
      const result = native.setOption(handle, setting.index, setting.number);
      this.#option(result, name, "setsockopt");
      return;
    }
    const { join, group, index, source } = setting.membership;
    this.wire.write(group, SLAB_ADDRESS_IN);
    if (source !== null) this.wire.write(source, SLAB_ADDRESS_OUT);
    const result = native.setMembership(handle, join ? 1 : 0, index, source === null ? 0 : 1);
    this.checked(result, "setsockopt", group);
  }

  getRawOption(handle: HandleId, level: number, name: number, size: number): Uint8Array {
    const native = this.open("getsockopt");
    const found = this.#raw(native.getRawOption(handle, level, name, size), "getsockopt");
    return this.slab.slice(SLAB_IMMEDIATE, SLAB_IMMEDIATE + found);
  }

  setRawOption(handle: HandleId, level: number, name: number, value: Uint8Array): void {
    const native = this.open("setsockopt");
    const size = value.byteLength;
    // A detached array has nothing, and cannot be copied; native code refuses what is longer.
    if (size > 0 && size <= RAW_OPTION_BYTES_MAX) this.slab.set(value, SLAB_IMMEDIATE);
    this.#raw(native.setRawOption(handle, level, name, value.byteLength), "setsockopt");
  }

  allocate(bytes: number): Uint8Array {
    this.open("allocate");
    return allocate(bytes);
  }

  fd(handle: HandleId): number {
    const fd = this.open("fd").fd(handle);
    return fd === -Code.PIKE_UNSUPPORTED ? -1 : this.checked(fd, "fd");
  }

  setRef(handle: HandleId, keepsAlive: boolean): void {
    this.checked(this.open("ref").setRef(handle, keepsAlive ? 1 : 0), "ref");
  }

  handleCounters(handle: HandleId): HandleCounters {
    this.checked(this.open("counters").handleCounters(handle), "counters");
    const detail = this.detail as unknown as readonly [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const [operations, systemCalls, wouldBlocks, completions, bytesRead, bytesWritten] = detail;
    return {
      operations,
      systemCalls,
      wouldBlocks,
      completions,
      bytesRead,
      bytesWritten,
      readQueue: detail[6],
      writeQueue: detail[7],
    };
  }

  poster(handle: HandleId): Poster {
    this.checked(this.open("poster").poster(handle), "poster");
    return { slot: this.detail[0] as number, generation: this.detail[1] as number };
  }

  post(poster: Poster, count: number): void {
    const native = this.open("post");
    const { slot, generation } = poster;
    if (count >>> 0 !== count || count === 0) {
      throw PikeError.range(`count must be a whole number from 1 to ${0xffff_ffff}, not ${count}`);
    }
    // Native code keeps 32 bits of each: another number is another notifier's, never cut to ours.
    const isOurs = slot >>> 0 === slot && generation >>> 0 === generation;
    const result = isOurs ? native.post(slot, generation, count) : -Code.PIKE_CLOSED;
    if (result === -Code.PIKE_CLOSED) {
      throw new PikeError("PIKE_CLOSED", "post: the event was closed", { syscall: "post" });
    }
    this.checked(result, "post");
  }

  #option(result: number, name: OptionName, syscall: string): void {
    if (result === -Code.PIKE_UNSUPPORTED) throw lackingOption(name, syscall);
    this.checked(result, syscall);
  }

  #raw(result: number, syscall: string): number {
    if (result === -Code.PIKE_UNSUPPORTED) {
      throw new PikeError(
        "PIKE_UNSUPPORTED",
        `${syscall}: the value of this option carries pointers, which cannot be checked`,
        { syscall },
      );
    }
    return this.checked(result, syscall);
  }
}
