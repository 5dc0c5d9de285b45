/** Where a stream socket is: its port or its Unix name, and the address that it shows. */
import { type Address, type BindOptions, Code, type IpAddress } from "@pike-io/notifier";
import type { UnixName } from "../host/names.js";
import type { Binding } from "../host/ports.js";
import { anyAddress } from "./endpoint.js";
import { fail } from "./socket.js";
import type { StreamSocket } from "./stream.js";

/** The local side of one socket. It holds the claim to a port or name until `release`. */
export class Place {
  readonly #socket: StreamSocket;
  #binding: Binding<StreamSocket> | null = null;
  #name: UnixName | null = null;
  #shown: Address | null = null;

  constructor(socket: StreamSocket) {
    this.#socket = socket;
  }

  /** The address; null while it has none. */
  get shown(): Address | null {
    return this.#shown;
  }

  /** The port that it holds; null while it holds none. */
  get port(): number | null {
    return this.#binding?.port ?? null;
  }

  /** Whether its name is of the abstract kind. */
  get isAbstract(): boolean {
    return this.#name !== null && "abstract" in this.#name;
  }

  bind(address: Address, options: BindOptions): void {
    if (address.family === "unix") this.#bindName(address, options.replace ?? true);
    else this.bindPort(address);
  }

  /** Claims a port; 0 takes a free one. */
  bindPort(address: IpAddress): void {
    const { host } = this.#socket;
    this.#binding = this.#socket.claimPort<StreamSocket>(this.#socket, host.tcp, address);
    this.#shown = { ...address, port: this.#binding.port };
  }

  /** What listening does with a socket that is bound to nothing. */
  bindAnywhere(): void {
    const { family } = this.#socket.options;
    if (family === "unix") fail(Code.EINVAL, "listen");
    this.bindPort(anyAddress(family));
  }

  /** Refuses to listen beside another listener. */
  requireFree(): void {
    if (this.#binding === null || this.#socket.host.tcp.mayListen(this.#binding)) return;
    fail(Code.EADDRINUSE, "listen", this.#shown ?? undefined);
  }

  /** Connected: a socket that was bound to any address speaks from one. */
  showFrom(text: string): void {
    this.#shown = { ...(this.#shown as IpAddress), address: text };
  }

  /** Takes the place of an accepted connection: it shares its listener's port. */
  shareWith(listener: Place, shown: Address): void {
    this.#shown = shown;
    if (listener.#binding === null) return;
    this.#binding = { ...listener.#binding, owner: this.#socket };
    this.#socket.host.tcp.share(this.#binding);
  }

  release(): void {
    const { host } = this.#socket;
    if (this.#binding !== null) host.tcp.release(this.#binding);
    if (this.#name !== null) host.names.release(this.#socket, this.#name);
    this.#binding = null;
    this.#name = null;
    this.#shown = null;
  }

  #bindName(address: UnixName, replace: boolean): void {
    const { names } = this.#socket.host;
    if (!("abstract" in address) && address.path === "") {
      this.#name = names.claimAutomatic(this.#socket);
    } else {
      if (!names.claim(this.#socket, address, replace)) fail(Code.EADDRINUSE, "bind", address);
      this.#name = address;
    }
    this.#shown = this.#name;
  }
}
